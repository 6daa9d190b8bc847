"""Padding of any dims, with a constant or with the input's own numbers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from archc.ir.dims import Dim, DimLike
from archc.ir.marks import Read
from archc.ir.operator import Along, Example, Input, Reach, TorchCall, TorchValue, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure

MODULES = {
    "constant": "ConstantPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
}


def _number(value: float) -> float:
    """Infinity is a good padding before a maximum; what is not a number is good for nothing."""
    if value != value:
        raise ValueError("nan is not a number")
    return value


class Pad(Pure):
    """Adds positions at both ends of the trailing dims, or cuts them off where an amount is negative.

    Shape: each padded dim grows by its two amounts; the others are kept.

    - ``pad``: the amounts, in positions: two for the last dim (before, after), then two for the dim before it, and so on. They may be
      computed from sizes (``(0, -W % 7)``).
    - ``mode``: what is added. ``"constant"``: the number ``value``. ``"reflect"``: the input mirrored at its first and last position
      (amounts below the size). ``"replicate"``: the first and the last number again. ``"circular"``: the other end of the input
      (amounts up to the size). All but ``"constant"`` take floats, and pad the last one, two or three dims of an input that has one or
      two dims more; their amounts are not negative.
    - ``value``: for ``"constant"``.

    PyTorch: ``torch.nn.functional.pad``, ``torch.nn.ZeroPad2d``, ``ConstantPad2d``, ``ReflectionPad2d``, ``ReplicationPad2d``,
    ``CircularPad2d`` and their forms in one and three dimensions.
    """

    name = "pad"
    family = "padding"
    torch = (
        "torch.nn.functional.pad",
        *(f"torch.nn.{kind}{n}d" for kind in ("ZeroPad", *MODULES.values()) for n in (1, 2, 3)),
    )
    examples = (
        Example("pad((1, 1, 2, 2))", ("[B, 3, H, W]",), "[B, 3, H + 4, W + 2]"),
        Example("pad((0, 0, 1, -1))", ("[B, T, 64]",), "[B, T, 64]"),
        Example("pad((3, 3, 3, 3), mode='reflect')", ("[B, 3, 256, 256]",), "[B, 3, 262, 262]"),
    )

    pad: tuple[DimLike, ...]
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: Annotated[int | float, Read(_number)] = 0

    def infer(self, site: Site, x: TensorType) -> TensorType:
        self._refuse_amounts(x)
        if self.mode == "constant":
            self._refuse_value(x)
        else:
            self._refuse_mode(x)
        first = x.rank - len(self.pad) // 2
        sizes = [
            size if dim < first else self._padded(site, size, *self._around(x.rank - 1 - dim))
            for dim, size in enumerate(x.shape)
        ]
        return x.with_shape(*sizes)

    def _around(self, from_last: int) -> tuple[DimLike, DimLike]:
        return self.pad[2 * from_last], self.pad[2 * from_last + 1]

    def _refuse_amounts(self, x: TensorType) -> None:
        if len(self.pad) % 2 or not self.pad:
            message = f"pad needs two amounts for each dim, before and after, got {len(self.pad)}"
            raise Refusal("E0401", message, argument="pad")
        if len(self.pad) > 2 * x.rank:
            message = f"pad has amounts for {len(self.pad) // 2} dims, got {x}"
            raise Refusal("E0403", message, argument="pad", inputs=(0,))

    def _refuse_value(self, x: TensorType) -> None:
        """Integers and booleans take their own kind only."""
        fits = x.is_float or (isinstance(self.value, int) and (x.dtype != "bool" or self.value in (0, 1)))
        if not fits:
            raise Refusal("E0401", f"padding {x} with the value {self.value} is impossible", argument="value")

    def _refuse_mode(self, x: TensorType) -> None:
        need_float(f'pad with mode="{self.mode}"', x)
        count = len(self.pad) // 2
        if self.value != 0:
            raise Refusal("E0402", f'value is for mode="constant", not for mode="{self.mode}"', argument="value")
        if count > 3 or x.rank - count not in (1, 2):
            message = f'pad with mode="{self.mode}" takes the last 1 to 3 dims of an input with one or two dims more'
            raise Refusal("E0403", f"{message}, got amounts for {count} dims and {x}", argument="pad", inputs=(0,))

    def _padded(self, site: Site, size: DimLike, before: DimLike, after: DimLike) -> DimLike:
        if self.mode == "constant":
            return self._demand_rest(site, size, before, after)
        spare = 1 if self.mode == "reflect" else 0
        relation = "below" if spare else "up to"
        for amount in (before, after):
            negative = Refusal(
                "E0401", f'mode="{self.mode}" cannot cut off: the amount {amount} is negative', argument="pad"
            )
            site.at_least(amount, 0, negative)
            if self.mode != "replicate":
                message = f"{self.mode} padding must be {relation} the input's size {size}, got {amount}"
                site.at_least(size, amount + spare, Refusal("E0402", message, argument="pad", inputs=(0,)))
        return size + before + after

    def _demand_rest(self, site: Site, size: DimLike, before: DimLike, after: DimLike) -> DimLike:
        """What is cut off must be there, and something must be left."""
        out = size + before + after

        def refusal() -> Refusal:
            message = f"pad cuts off more than the input's size {size}: {size} + {before} + {after} = {out}"
            return Refusal("E0303", message, argument="pad", inputs=(0,))

        for rest, least in ((size + before, 0), (size + after, 0), (out, 1)):
            site.at_least(rest, least, refusal)
        return out

    def reach(self, *inputs: Any) -> Reach:
        """A position sees the one that stands so many places before it; what mirrors or goes round does so at the border only."""
        rank = inputs[0].rank
        before = [self.pad[2 * axis] if 2 * axis < len(self.pad) else 0 for axis in reversed(range(rank))]
        return Reach("dims", tuple(Along(dim, first=-amount, last=-amount) for dim, amount in enumerate(before)))

    def module(self, *inputs: Any) -> TorchCall | None:
        count = len(self.pad) // 2
        if count > 3 or any(isinstance(amount, Dim) for amount in self.pad):
            return None
        if self.mode != "constant":
            return TorchCall(f"nn.{MODULES[self.mode]}{count}d", (self.pad,))
        if self.value == 0:
            return TorchCall(f"nn.ZeroPad{count}d", (self.pad,))
        return TorchCall(f"nn.ConstantPad{count}d", (self.pad, self._value()))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        call = self.torch_call("F.pad", Input(0), positional=1, leave=("value",))
        extra: tuple[tuple[str, TorchValue], ...] = (("value", self._value()),) if self.value != 0 else ()
        return TorchCall(call.fn, call.args, (*call.kwargs, *extra))

    def _value(self) -> TorchValue:
        if self.value in (float("inf"), float("-inf")):
            return Word(f'float("{self.value}")')
        return self.value
