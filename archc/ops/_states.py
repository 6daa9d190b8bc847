"""What recurrent layers and cells share: their states, and parameters that are made for all gates at once."""

from __future__ import annotations

from archc.ir.operator import Parameter
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type, show


def demand_sequence(name: str, x: Type, shape: str) -> TensorType:
    """The input as a tensor of the float dtype whose dims are those that ``shape`` lists; refuses anything else."""
    if not isinstance(x, TensorType) or x.rank != shape.count(",") + 1:
        raise Refusal("E0301", f"{name} needs {shape}, got {show(x)}", inputs=(0,))
    _demand_float(name, x, 0)
    return x


def demand_state(site: Site, name: str, given: Type, wanted: Type) -> None:
    """The state given at position 1 must be like the one that the layer makes itself."""
    message = f"{name} needs a state {show(wanted)}, got {show(given)}"
    if isinstance(given, TensorType) and isinstance(wanted, TensorType):
        if given.rank != wanted.rank:
            raise Refusal("E0301", message, inputs=(1,))
        _demand_float(name, given, 1)
        for found, expected in zip(given.shape, wanted.shape, strict=True):
            site.equal(found, expected, Refusal("E0302", message, inputs=(1,)))
    elif isinstance(given, tuple) and isinstance(wanted, tuple) and len(given) == len(wanted):
        for part, like in zip(given, wanted, strict=True):
            demand_state(site, name, part, like)
    else:
        help_ = "the state is a pair: (x, (h, c))" if isinstance(wanted, tuple) else "the state is one tensor: (x, h)"
        raise Refusal("E0301", message, inputs=(1,), help=help_)


def _demand_float(name: str, x: TensorType, position: int) -> None:
    if x.dtype != "float":
        message = f"{name} has parameters of the model's own float dtype, got {x}"
        raise Refusal("E0306", message, inputs=(position,), help="convert it first, for example with .to(...)")


def gate_parameters(
    rows: int, columns: int, hidden: int, bias: bool, suffix: str = "", projected: int = 0
) -> tuple[Parameter, ...]:
    """Weights from the input (``ih``), from the state (``hh``) and, of an LSTM that projects its state, to the state (``hr``).

    ``rows`` holds all gates, ``columns`` is the input's size, ``hidden`` the size before projection.
    """
    weights = [
        Parameter(f"weight_ih{suffix}", (rows, columns)),
        Parameter(f"weight_hh{suffix}", (rows, projected or hidden)),
    ]
    biases = [Parameter(f"bias_{kind}{suffix}", (rows,)) for kind in ("ih", "hh")] if bias else []
    projection = [Parameter(f"weight_hr{suffix}", (projected, hidden))] if projected else []
    return (*weights, *biases, *projection)
