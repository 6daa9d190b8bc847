"""What operators on spatial axes share: one size per axis, windows that slide, channels that must be known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from fractions import Fraction
from functools import lru_cache, partial

from archc.ir.decide import is_plainly_ge
from archc.ir.dims import DimLike, ceil_div, dim_min
from archc.ir.operator import Along, Reach
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.records import record

SPATIAL = {0: "[B, C]", 1: "[B, C, L]", 2: "[B, C, H, W]", 3: "[B, C, D, H, W]"}
"""How inputs are written, by their number of spatial axes."""


def spatial_rank(name: str, x: TensorType, ranks: Sequence[int] = (1, 2, 3)) -> int:
    """How many spatial axes ``x`` has, after batch and channels; refuses a number that is not among ``ranks``."""
    count = len(x.shape) - 2
    if count not in ranks:
        wanted = [SPATIAL[rank] for rank in ranks]
        raise Refusal("E0301", f"{name} needs {' or '.join(wanted)}, got {x}", inputs=(0,))
    return count


def per_axis(argument: str, value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """One size for each of ``count`` spatial axes."""
    if isinstance(value, int):
        return (value,) * count
    if len(value) != count:
        axes = "1 spatial axis" if count == 1 else f"{count} spatial axes"
        raise Refusal(
            "E0403",
            f"{argument} has {len(value)} sizes, but the input {SPATIAL[count]} has {axes}",
            argument=argument,
            help=f"give one number for every axis, or a tuple of {count}",
        )
    return tuple(value)


def need_own_float(name: str, x: TensorType, position: int = 0) -> None:
    """Refuse inputs that the layer's parameters, which have the model's own dtype, cannot be combined with."""
    if x.dtype != "float":
        raise Refusal(
            "E0306",
            f"{name} has parameters of the model's own float dtype, got {x}",
            inputs=(position,),
            help="convert the input first, for example `.to(x.dtype)` with a float input x of the net",
        )


def demand_size(site: Site, name: str, size: DimLike, given: int | None, argument: str, position: int = 0) -> None:
    """The input's size must be the one declared (``in_channels=64``), and known, for parameters have its shape."""
    if given is not None:
        refusal = Refusal(
            "E0302", f"{name} is declared with {argument}={given}, got {size}", argument=argument, inputs=(position,)
        )
        site.equal(size, given, refusal)
    elif not isinstance(size, int):
        raise Refusal(
            "E0313",
            f"the parameters of {name} would depend on the size {size}",
            inputs=(position,),
            help=f"make {size} a hyperparameter, or say {argument}=...",
        )


def known_size(size: DimLike, given: int | None) -> int:
    """The size that parameters are made for: the declared one, or the input's (``demand_size`` has accepted it)."""
    known = size if given is None else given
    assert isinstance(known, int)
    return known


def demand_divisor(
    site: Site, divisor: int, value: DimLike, what: str, argument: str, inputs: tuple[int, ...] = (), shown: str = ""
) -> None:
    """``value`` must be a multiple of ``divisor``, which is the argument, or what ``shown`` says (``upscale_factor**2``)."""
    if divisor == 1:
        return

    def refusal() -> Refusal:
        message = f"{what} {value} must be a multiple of {shown or argument}={divisor}"
        notes = (f"{value} = {value // divisor}*{divisor} + {value % divisor}",) if isinstance(value, int) else ()
        return Refusal("E0304", message, argument=argument, inputs=inputs, notes=notes)

    site.divides(divisor, value, refusal)


@record
class Window:
    """A window that slides along one axis: ``before`` and ``after`` are the padding on either side."""

    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    fitting: int = field(init=False, compare=False)
    """The least size that it fits into."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fitting", self.span - self.before - self.after)

    @property
    def span(self) -> int:
        """Positions from its first element to its last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    def least(self, ceil_mode: bool = False) -> int:
        """The least size that it may take. ``ceil_mode`` lets it hang over by less than a stride."""
        return self.fitting - self.stride + 1 if ceil_mode else self.fitting

    def slack(self, size: DimLike) -> DimLike:
        """How far it can move without hanging over; below 0 it does not fit."""
        return size - self.fitting

    def positions(self, size: DimLike, ceil_mode: bool = False) -> DimLike:
        """How many places it takes. With ``ceil_mode`` the last one must start inside the input or the padding before it."""
        if self.stride == 1 and not ceil_mode:
            lost = self.fitting - 1
            return size - lost if lost else size
        return self._strides(size, ceil_mode)

    @lru_cache(maxsize=1 << 12)  # noqa: B019 -- windows are small values, and a net has few
    def _strides(self, size: DimLike, ceil_mode: bool) -> DimLike:
        if not ceil_mode:
            return (size - (self.fitting - self.stride)) // self.stride
        places = ceil_div(self.slack(size), self.stride) + 1
        return dim_min(places, (size + self.before - 1) // self.stride + 1)

    def formula(self, size: DimLike, ceil_mode: bool = False) -> str:
        """``positions`` written out with its numbers."""
        padding = f"2*{self.before}" if self.before == self.after else f"({self.before} + {self.after})"
        room = f"{_operand(size)} + {padding} - {self.dilation}*({self.kernel}-1) - 1"
        rounding = "ceil" if ceil_mode else "floor"
        slack = self.slack(size)
        result = (-(-slack // self.stride) if ceil_mode else slack // self.stride) + 1
        return f"{rounding}(({room})/{self.stride}) + 1 = {result}"


def _operand(size: DimLike) -> str:
    return str(size) if isinstance(size, int) else f"({size})"


def slide(
    site: Site,
    name: str,
    x: TensorType,
    windows: Sequence[Window],
    ceil_mode: bool = False,
    argument: str | None = "kernel_size",
) -> tuple[DimLike, ...]:
    """The spatial sizes of the output, each window sliding along its axis; refuses a window that does not fit. ``argument`` is
    where the kernel was given."""
    places: list[DimLike] = []
    for dim, (size, window) in enumerate(zip(x.shape[2:], windows, strict=True), start=2):
        least = window.least(ceil_mode)
        if not is_plainly_ge(size, least):
            site.at_least(size, least, partial(_too_small, name, size, window, dim, ceil_mode, argument))
        places.append(window.positions(size, ceil_mode))
    return tuple(places)


def _too_small(name: str, size: DimLike, window: Window, dim: int, ceil_mode: bool, argument: str | None) -> Refusal:
    """A window that does not fit an input."""
    dilated = f" ({window.span} wide with dilation {window.dilation})" if window.dilation > 1 else ""
    padded = size + window.before + window.after
    padding = "" if size == padded else f", {padded} with padding,"
    return Refusal(
        "E0303",
        f"{name}'s kernel {window.kernel}{dilated} does not fit the input's size {size}{padding} at dim {dim}",
        inputs=(0,),
        argument=argument,
        dim=dim,
        notes=_output_size(window, size, ceil_mode),
    )


def _output_size(window: Window, size: DimLike, ceil_mode: bool) -> Iterator[str]:
    """Yielded, because most demands are only noted, and a formula takes long to be written."""
    yield f"the output's size would be {window.formula(size, ceil_mode)}"


def with_indices(pooled: TensorType, wanted: bool) -> Type:
    """What a maximum pooling gives: the numbers, and on demand where they stood."""
    return (pooled, TensorType(pooled.shape, "int64")) if wanted else pooled


def window_reach(windows: Sequence[Window]) -> Reach:
    """The reach of windows that slide along the spatial axes."""
    return spatial_reach(
        (Fraction(window.stride), Fraction(-window.before), Fraction(window.span - 1 - window.before))
        for window in windows
    )


def spatial_reach(steps: Iterable[tuple[Fraction, Fraction, Fraction]]) -> Reach:
    """The reach along the spatial axes of ``[B, C, *sizes]``: stride, first and last position for each."""
    return Reach("dims", (Along(0), None, *(Along(axis, *step) for axis, step in enumerate(steps, start=2))))
