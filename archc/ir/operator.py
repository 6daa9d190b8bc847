"""The contract of an operator: one class, in one file, that says all there is to say of it.

Fields are the operator's signature in the language, in order, with PyTorch's names and defaults. Methods are its rules. A class that
leaves a rule out is refused when it is defined. The registry below is the only list of operators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NoReturn, dataclass_transform

from archc.ir.dims import Dim, DimLike
from archc.ir.fields import Field, fields_of
from archc.ir.marks import Within
from archc.ir.plain import plain
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.records import record

if TYPE_CHECKING:
    from typing import Self

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

Positive = Annotated[int, Within(gt=0)]
NonNegative = Annotated[int, Within(ge=0)]
Probability = Annotated[float, Within(ge=0, le=1, finite=True)]
Finite = Annotated[float, Within(finite=True)]
PositiveFloat = Annotated[float, Within(gt=0, finite=True)]
NonNegativeFloat = Annotated[float, Within(ge=0, finite=True)]
Sizes = Positive | tuple[Positive, ...]
"""One size for every spatial axis, or one for each."""


@record
class Parameter:
    """A tensor that a layer owns. A buffer is one that no optimiser trains (batch norm's running statistics)."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float"
    buffer: bool = False


@record
class Input:
    """In a torch call: the input at this position, or the keyword input of this name; ``contiguous`` for functions that take a view of
    it, which not every layout in memory allows."""

    key: int | str
    contiguous: bool = False


@record
class Word:
    """In a torch call: Python text that stands as it is (``torch.float32``, ``self.training``). Never text of a spec's author."""

    text: str


SLICE = Word(":")

TorchValue = int | float | bool | str | None | Dim | Input | Word | tuple["TorchValue", ...]


@record
class TorchCall:
    """A call in emitted code.

    ``fn`` is a dotted name (``nn.Conv2d``, ``F.relu``), a method of the first argument (``.flatten``), an infix operator (``+``, ``@``),
    a prefix operator (``-x`` is ``"neg"``), ``"[]"`` for subscription of the first argument by the others, where the tuple
    ``(SLICE, start, stop, step)`` is a slice, or ``"()"`` for a call of the first argument. ``item`` is what is taken of a tuple
    that is given back.
    """

    fn: str
    args: tuple[TorchValue, ...] = ()
    kwargs: tuple[tuple[str, TorchValue], ...] = ()
    item: int | None = None


@record
class Along:
    """How a dim of the output goes along with dim ``dim`` of the input: position ``i`` sees the positions from
    ``stride * i + first`` to ``stride * i + last``, both included. The stride is below 1 for upsampling."""

    dim: int
    stride: Fraction = Fraction(1)
    first: Fraction | DimLike = 0
    last: Fraction | DimLike = 0


@record
class Reach:
    """What one position of the output sees of the inputs.

    ``point``: only its own position, dims being counted from the last. ``dims``: for each dim of the output, how it goes along with a
    dim of the input, or ``None`` where it goes with none; of the input's other dims it sees everything. ``whole``: everything.
    ``nothing``: no numbers of the inputs at all.
    """

    kind: Literal["point", "dims", "whole", "nothing"]
    dims: tuple[Along | None, ...] = ()


POINT = Reach("point")
WHOLE = Reach("whole")
NOTHING = Reach("nothing")


def keeping(*dims: int | None) -> Reach:
    """For each dim of the output the dim of the input whose positions it keeps, or ``None``."""
    return Reach("dims", tuple(None if dim is None else Along(dim) for dim in dims))


@record
class Example:
    """A documented and tested use: the call as a spec writes it, the types of its inputs, and the type of its output."""

    call: str
    inputs: tuple[str, ...]
    output: str


class Registry(Mapping[str, "type[Operator]"]):
    """Every operator by its name in the language. Classes enter as they are defined; the module of one that is only announced is
    imported when it is asked for, because making all the classes takes longer than checking a net."""

    def __init__(self) -> None:
        self._classes: dict[str, type[Operator]] = {}
        self._modules: dict[str, str] = {}

    def announce(self, name: str, module: str) -> None:
        """Importing ``module`` will define the operator ``name``."""
        self._modules[name] = module

    def add(self, operator: type[Operator]) -> None:
        """Enter a class; each name is defined once."""
        if self._classes.setdefault(operator.name, operator) is not operator:
            raise TypeError(f"operator {operator.name} is defined twice")

    def __getitem__(self, name: str) -> type[Operator]:
        if name not in self._classes and name in self._modules:
            import_module(self._modules[name])
        return self._classes[name]

    def __contains__(self, name: object) -> bool:
        return name in self._modules or name in self._classes

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._modules, *self._classes]))

    def __len__(self) -> int:
        return len(self._modules.keys() | self._classes.keys())


OPERATORS = Registry()

RULES = ("infer", "parameters", "flops", "reach", "module", "function")


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Operator:
    """Base of all operators. An instance is a layer's or an operation's arguments, validated; it is immutable.

    It is no model of Pydantic's, whose classes take longer to be made than checking a net: Pydantic is asked of arguments that are
    not plainly right, and reads and writes operators (``archc.ir.stored``).
    """

    name: ClassVar[str] = ""
    family: ClassVar[str] = ""
    torch: ClassVar[tuple[str, ...]] = ()
    """The PyTorch classes or functions that this operator is, by full name."""
    inputs: ClassVar[tuple[str, ...]] = ("input",)
    """Names of the tensor inputs, required ones first, in order."""
    required: ClassVar[int] = 1
    """How many of ``inputs`` must be given; the others may be given by position or by name."""
    variadic: ClassVar[bool] = False
    """Takes any number of tensors (``concat``); ``inputs`` then names one of them."""
    scalars: ClassVar[bool] = False
    """An input may also be a plain number or dim (``x + 1``); it then arrives in ``infer`` as that number or dim."""
    nested: ClassVar[bool] = False
    """An input may be a tuple of tensors (an LSTM's states); it then arrives in ``infer`` as a tuple of types."""
    meets: ClassVar[bool] = True
    """Its float inputs are combined, so that weak ones among them take the dtype of the others."""
    unrolls: ClassVar[int | None] = None
    """The dim of the first input over which ``torch.export`` unrolls the torch function, so that its size becomes a constant."""
    view: ClassVar[bool] = False
    """Gives the memory of its first input, seen otherwise."""
    method: ClassVar[bool] = False
    """May be called as a method of a tensor (``x.reshape(B, -1)``)."""
    collects: ClassVar[str | None] = None
    """The field that gathers any further positional arguments into a tuple (``reshape(B, -1, 3)``)."""
    fields: ClassVar[Mapping[str, Field]] = {}
    """The arguments, in order."""
    needed: ClassVar[frozenset[str]] = frozenset()
    """The arguments that have no default."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """By argument, also those without a default, so that they keep their order."""
    is_short: ClassVar[bool] = False
    """Whether it may be short for others: see ``short_for``."""
    gathers: ClassVar[str | None] = None
    """The field that gathers any further keyword arguments into a tuple of pairs (``rearrange(x, pattern, h=8)``)."""
    examples: ClassVar[tuple[Example, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.fields = fields_of(cls)
        cls.needed = frozenset(name for name, field in cls.fields.items() if field.is_required())
        cls.defaults = {name: field.default for name, field in cls.fields.items()}
        cls.is_short = cls.short_for is not Operator.short_for
        if not cls.name or "name" not in cls.__dict__:
            return  # a family's base class, not an operator
        missing = [rule for rule in RULES if getattr(cls, rule) is getattr(Operator, rule)]
        lacking = [fact for fact in ("family", "torch", "examples", "__doc__") if not getattr(cls, fact)]
        if missing or lacking:
            raise TypeError(f"operator {cls.name} lacks {', '.join(missing + lacking)}")
        OPERATORS.add(cls)

    def __init__(self, **values: Any) -> None:
        made = plain(type(self), values)
        if made is None:
            from archc.ir.stored import validated

            made = validated(type(self), values)
        vars(self).update(vars(made))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """With arguments that are known to be right, and the defaults of the others."""
        made = object.__new__(cls)
        vars(made).update(cls.defaults)
        vars(made).update(values)
        return made

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from archc.ir.stored import operator_schema

        return operator_schema(handler)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to {name}: operators are immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete {name}: operators are immutable")

    def infer(self, site: Site, *inputs: Any, **keywords: Any) -> Type:
        """The type of the output (a tuple of types for several outputs); raises ``Refusal``."""
        raise NotImplementedError

    def short_for(self, site: Site, *inputs: Any) -> tuple[Operator, ...] | None:
        """For an operator that is short for others: those, to be applied one after another in its place; else ``None``."""
        return None

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        """The parameters and buffers owned, in ``state_dict`` order, for inputs that ``infer`` has accepted."""
        raise NotImplementedError

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        """Floating-point operations as ``torch.utils.flop_counter`` counts them: two per multiply-add of matrix products,
        convolutions and attention; 0 for what it does not count."""
        raise NotImplementedError

    def is_view(self) -> bool:
        """Whether the output takes no memory of its own with these arguments."""
        return self.view

    def reach(self, *inputs: Any) -> Reach | tuple[Reach, ...]:
        """The step of the receptive field: of all inputs alike, or of each."""
        raise NotImplementedError

    def module(self, *inputs: Any) -> TorchCall | None:
        """The ``nn`` constructor, or ``None`` when PyTorch has no module for it."""
        raise NotImplementedError

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        """The functional form, or ``None`` for a layer that must be built (it owns parameters)."""
        raise NotImplementedError

    def applied(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        """How the built module is called, ``Input("self")`` being the module; ``None`` for a plain call with the inputs."""
        return None

    def stand_in(self) -> tuple[Any, ...] | None:
        """Input types that give this layer its parameters when it is declared and never applied (``in_features`` is given);
        ``None`` when they do not follow from the arguments."""
        return None

    def defined(self) -> Mapping[str, Any]:
        """The arguments that differ from their defaults, and the required ones, in order."""
        return {
            name: value
            for name, info in self.fields.items()
            if (value := getattr(self, name)) is not info.default
            and (info.is_required() or value != info.default or type(value) is not type(info.default))
        }

    def torch_call(self, fn: str, *lead: TorchValue, positional: int = 0, leave: tuple[str, ...] = ()) -> TorchCall:
        """``fn`` called with ``lead`` and the arguments that are not torch's defaults: the first ``positional`` fields by
        position, the others by name, without those in ``leave``."""
        fields = tuple(self.fields)
        by_position = tuple(getattr(self, name) for name in fields[:positional])
        kwargs = tuple((k, v) for k, v in self.defined().items() if k not in fields[:positional] and k not in leave)
        return TorchCall(fn, (*lead, *by_position), kwargs)


def uncounted(operator: Operator, inputs: tuple[Any, ...], output: Type) -> DimLike:
    """The ``flops`` of what torch's counter does not count."""
    return 0


def is_tensor(value: object) -> bool:
    """Whether an input of a rule is a tensor, rather than a plain number or dim (see ``scalars``)."""
    return isinstance(value, TensorType)
