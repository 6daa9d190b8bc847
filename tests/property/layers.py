"""Random layers for a tensor of a known type: the text of a call, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from pydantic import ValidationError

from archc.ir.dims import DimTooLarge, evaluate
from archc.ir.operator import Operator
from archc.ir.site import Refusal
from archc.ir.types import TensorType, Type, tensors
from archc.ops import operators
from tests.contract.harness import holds, infer, read_call

operators()  # all are announced

CHANNELS = st.sampled_from([2, 3, 4, 6, 8])
MOST = 3_000
"""Numbers in a tensor, at the example sizes: a spec is small."""

Template = Callable[[st.DrawFn, TensorType], str]


@dataclass(frozen=True)
class Layer:
    """A call as a spec writes it, and what it gives for the type that it was drawn for."""

    text: str
    op: Operator
    output: Type

    @property
    def plain(self) -> bool:
        """Whether it gives one tensor."""
        return isinstance(self.output, TensorType)


def applied(text: str, inputs: Sequence[TensorType], sizes: Mapping[str, int]) -> Layer | None:
    """The call on inputs of these types; None where it is refused at ``sizes``, or where its parameters would depend on a symbol."""
    try:
        op = read_call(text)
        output, constraints = infer(op, inputs)
    except (Refusal, ValidationError, DimTooLarge):
        return None
    owned = op.parameters(*inputs)
    known = all(isinstance(size, int) for parameter in owned for size in parameter.shape)
    fits = known and all(holds(constraint, sizes) for constraint in constraints)
    return Layer(text, op, output) if fits and all(small(one, sizes) for one in tensors(output)) else None


def small(type_: TensorType, sizes: Mapping[str, int]) -> bool:
    """Whether a tensor holds few numbers, and at least one."""
    count = 1
    for size in type_.shape:
        count *= evaluate(size, sizes)
    return 0 < count <= MOST


def layer(draw: st.DrawFn, type_: TensorType, sizes: Mapping[str, int], *, single: bool = True) -> Layer:
    """A layer that takes the tensor; ``single``: it gives one tensor."""
    kinds = templates(type_) if single else several(type_)
    for _ in range(3):
        template = draw(st.sampled_from(kinds))
        found = applied(template(draw, type_), [type_], sizes)
        if found is not None and (found.plain or not single):
            return found
    return same(type_)


def same(type_: TensorType) -> Layer:
    """A layer that takes and gives this type, whatever it is, and however large."""
    return Layer("identity", read_call("identity"), type_)


def keeping(draw: st.DrawFn, type_: TensorType, sizes: Mapping[str, int]) -> Layer:
    """A layer that gives what it takes."""
    texts = (
        ["identity", "dropout(0.5)", "relu", "tanh", "softmax(dim=-1)", "flip((0,))"]
        if type_.is_float
        else ["identity"]
    )
    last, second = (type_.shape[-1] if type_.rank else None), (type_.shape[1] if type_.rank > 1 else None)
    if type_.is_float and type_.rank > 1 and isinstance(last, int):
        texts += [f"linear({last})", "layer_norm", f"linear({last}, bias=False)"]
    if type_.is_float and type_.rank > 2 and isinstance(second, int):
        texts += [
            f"conv({second}, 3, padding=1)",
            "batch_norm",
            "avg_pool(3, stride=1, padding=1)",
            f"group_norm({second})",
        ]
    return applied(draw(st.sampled_from(texts)), [type_], sizes) or same(type_)


def templates(type_: TensorType) -> list[Template]:
    """The kinds of layers that such a tensor mostly takes."""
    if not type_.rank:
        return [_one_of("identity", "unsqueeze(0)"), FLOATS[0]] if type_.is_float else [_one_of("unsqueeze(0)")]
    found = [*ANY]
    if type_.dtype == "int64":
        return [*found, *3 * INTEGERS] if type_.rank < 4 else found
    if type_.dtype == "bool":
        return [*found, lambda draw, x: "logical_not"]
    found += [*FLOATS, *FLOATS]
    if type_.rank > 1 and isinstance(type_.shape[-1], int):
        found += [*FEATURES, *FEATURES]
    if type_.rank in (3, 4, 5) and isinstance(type_.shape[1], int):
        found += [*IMAGES, *IMAGES, *IMAGES]
    return found


def several(type_: TensorType) -> list[Template]:
    """Layers that give several tensors, for such a tensor."""
    if not type_.rank:
        return [_one_of("identity")]
    found = [_along("unbind"), _pieces]
    if type_.is_float:
        found += [_along("max", "min", "sort")]
    if type_.dtype == "float" and type_.rank == 3 and isinstance(type_.shape[-1], int):
        found += [_recurrent, _recurrent, _recurrent, _recurrent]
    return found


def _one_of(*texts: str) -> Template:
    return lambda draw, x: draw(st.sampled_from(texts))


def _dim(draw: st.DrawFn, x: TensorType) -> int:
    return draw(st.integers(-x.rank, x.rank - 1))


def _transpose(draw: st.DrawFn, x: TensorType) -> str:
    return f"transpose({_dim(draw, x)}, {_dim(draw, x)})"


def _permute(draw: st.DrawFn, x: TensorType) -> str:
    return f"permute({', '.join(map(str, draw(st.permutations(range(x.rank)))))})"


def _roll(draw: st.DrawFn, x: TensorType) -> str:
    return f"roll({draw(st.integers(-2, 2))}, {_dim(draw, x)})"


def _unflatten(draw: st.DrawFn, x: TensorType) -> str:
    return f"unflatten({_dim(draw, x)}, (-1, {draw(st.sampled_from([1, 2, 3]))}))"


def _along(*names: str) -> Template:
    return lambda draw, x: f"{draw(st.sampled_from(names))}(dim={_dim(draw, x)})"


def _reduce(draw: st.DrawFn, x: TensorType) -> str:
    dims = tuple(sorted(draw(st.sets(st.integers(0, x.rank - 1), min_size=1, max_size=2))))
    return f"{draw(st.sampled_from(['mean', 'sum']))}(dim={dims}, keepdim={draw(st.booleans())})"


def _pieces(draw: st.DrawFn, x: TensorType) -> str:
    return f"chunk({draw(st.sampled_from([2, 3]))}, dim={_dim(draw, x)})"


def _linear(draw: st.DrawFn, x: TensorType) -> str:
    return f"linear({draw(CHANNELS)}{draw(st.sampled_from(['', ', bias=False', f', in_features={x.shape[-1]}']))})"


def _recurrent(draw: st.DrawFn, x: TensorType) -> str:
    options = draw(st.sampled_from(["", ", num_layers=2", ", bidirectional=True", ", bias=False"]))
    return f"{draw(st.sampled_from(['lstm', 'gru', 'rnn']))}({draw(CHANNELS)}{options})"


def _conv(draw: st.DrawFn, x: TensorType) -> str:
    kernel = draw(st.sampled_from([1, 2, 3]))
    groups = draw(st.sampled_from([1, 1, 1, 2, 3, x.shape[1]]))
    options = draw(
        st.sampled_from(["", ", bias=False", ", dilation=2", ", padding=1, padding_mode='reflect'", ", padding='same'"])
    )
    out = draw(CHANNELS) if groups == 1 else groups * draw(st.integers(1, 2))
    if "padding" not in options:
        options += f", stride={draw(st.integers(1, 3))}, padding={draw(st.integers(0, 2))}"
    return f"conv({out}, {kernel}{f', groups={groups}' if groups != 1 else ''}{options})".replace("'", '"')


def _conv_transpose(draw: st.DrawFn, x: TensorType) -> str:
    stride = draw(st.integers(1, 2))
    more = f", padding={draw(st.integers(0, 1))}, output_padding={draw(st.integers(0, stride - 1))}"
    return f"conv_transpose({draw(CHANNELS)}, {draw(st.integers(2, 3))}, stride={stride}{more})"


def _pool(draw: st.DrawFn, x: TensorType) -> str:
    kernel = draw(st.integers(1, 3))
    stride, padding = draw(st.integers(1, 3)), draw(st.integers(0, kernel // 2))
    ceil = draw(st.sampled_from(["", ", ceil_mode=True"]))
    return f"{draw(st.sampled_from(['max_pool', 'avg_pool']))}({kernel}, stride={stride}, padding={padding}{ceil})"


def _pad(draw: st.DrawFn, x: TensorType) -> str:
    amounts = [draw(st.integers(-1, 2)) for _ in range(2 * draw(st.integers(1, x.rank - 2)))]
    return f"pad(({', '.join(map(str, amounts))}))"


def _norm(draw: st.DrawFn, x: TensorType) -> str:
    return draw(
        st.sampled_from(
            ["batch_norm", f"group_norm({x.shape[1]})", "group_norm(2)", "instance_norm", "batch_norm(affine=False)"]
        )
    )


def _clamp(draw: st.DrawFn, x: TensorType) -> str:
    return draw(st.sampled_from(["clamp(min=0)", "clamp(min=-1.0, max=0.5)", "clamp(max=2)"]))


ANY: tuple[Template, ...] = (
    _transpose,
    _permute,
    _roll,
    _unflatten,
    _one_of(
        "flatten",
        "flatten(2)",
        "flatten(0, 1)",
        "unsqueeze(0)",
        "unsqueeze(-1)",
        "squeeze(0)",
        "squeeze(-1)",
        "flip((0,))",
    ),
    _along("unbind"),
    _pieces,
)
FLOATS: tuple[Template, ...] = (
    _one_of(
        "relu", "gelu", "sigmoid", "tanh", "silu", "leaky_relu(0.1)", "elu", "softplus", "abs", "exp", "dropout(0.3)"
    ),
    _along("softmax", "log_softmax", "cumsum", "mean", "sum", "max", "amax", "argmax"),
    _reduce,
    _clamp,
)
FEATURES: tuple[Template, ...] = (
    _linear,
    _one_of("layer_norm", "layer_norm(elementwise_affine=False)", "rms_norm", "layer_norm(bias=False)", "glu(dim=-1)"),
)
IMAGES: tuple[Template, ...] = (
    _conv,
    _conv,
    _conv_transpose,
    _pool,
    _pad,
    _norm,
    _one_of(
        "adaptive_avg_pool(1)",
        "adaptive_avg_pool(2)",
        "adaptive_max_pool(2)",
        "upsample(scale_factor=2)",
        "dropout1d",
        "dropout2d",
    ),
    _one_of("local_response_norm(3)", "channel_shuffle(2)", "pixel_shuffle(2)", "pixel_unshuffle(2)", "prelu"),
)
INTEGERS: tuple[Template, ...] = (
    lambda draw, x: f"embedding(100, {draw(CHANNELS)})",  # more than any position that argmax gives
    _one_of("float", "abs", "one_hot(64)"),
)
