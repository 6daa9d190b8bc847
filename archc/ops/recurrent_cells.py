"""Recurrent cells: one step of a recurrent network, for loops that are written by hand or with ``scan``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from archc.ir.dims import DimLike
from archc.ir.operator import POINT, Example, Operator, Parameter, Positive, Reach, TorchCall
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._pure import torch_name
from archc.ops._states import demand_sequence, demand_state, gate_parameters
from archc.ops._windows import demand_size, known_size


class Cell(Operator):
    """What the three kinds share. ``gates`` is how many vectors of the hidden size a step computes."""

    family = "recurrent"
    inputs = ("input", "hx")
    gates: ClassVar[int] = 1

    hidden_size: Positive
    bias: bool = True
    if TYPE_CHECKING:  # each kind lists it itself, as its last argument
        input_size: int | None

    def infer(self, site: Site, input: Type, hx: Type | None = None) -> Type:
        x = demand_sequence(self.name, input, "[B, features]")
        demand_size(site, self.name, x.shape[1], self.input_size, "input_size")
        state = self._state(x.with_shape(x.shape[0], self.hidden_size))
        if hx is not None:
            demand_state(site, self.name, hx, state)
        return state

    def _state(self, one: TensorType) -> Type:
        return one

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return gate_parameters(self.gates * self.hidden_size, self._features(inputs), self.hidden_size, self.bias)

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        wide = self._features(inputs) + self.hidden_size
        total: DimLike = 2 * inputs[0].shape[0] * self.gates * self.hidden_size * wide
        return total

    def reach(self, *inputs: Any) -> Reach:
        return POINT

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.torch_call(torch_name(self.torch[0]), self._features(inputs), positional=1, leave=("input_size",))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None

    def stand_in(self) -> tuple[Any, ...] | None:
        return None if self.input_size is None else (TensorType((2, self.input_size)),)

    def _features(self, inputs: tuple[Any, ...]) -> int:
        return known_size(inputs[0].shape[1], self.input_size)


class RnnCell(Cell):
    """One step of a plain recurrent network: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``.

    Shape: ``[B, features]``, and the state ``hx`` ``[B, hidden_size]``, to the new state ``[B, hidden_size]``. Without ``hx`` it is 0.

    - ``hidden_size``: size of the state.
    - ``bias``: whether ``b_ih`` and ``b_hh`` are added.
    - ``nonlinearity``: ``"tanh"`` or ``"relu"``.
    - ``input_size``: the input's features; only needed for a layer that is declared and never applied.

    Parameters: ``weight_ih`` ``[hidden_size, features]``, ``weight_hh`` ``[hidden_size, hidden_size]``, ``bias_ih`` and ``bias_hh``
    ``[hidden_size]``. PyTorch: ``torch.nn.RNNCell``.
    """

    name = "rnn_cell"
    torch = ("torch.nn.RNNCell",)
    examples = (Example("rnn_cell(128)", ("[B, 65]", "[B, 128]"), "[B, 128]"),)

    nonlinearity: Literal["tanh", "relu"] = "tanh"
    input_size: Positive | None = None


class LstmCell(Cell):
    """One step of long short-term memory; see ``lstm``.

    Shape: ``[B, features]``, and the state ``hx``, a pair ``(h, c)`` of ``[B, hidden_size]``, to the new pair. Without ``hx`` both
    are 0.

    - ``hidden_size``: size of the state and of the cell.
    - ``bias``: whether vectors are added.
    - ``input_size``: the input's features; only needed for a layer that is declared and never applied.

    Parameters: ``weight_ih`` ``[4 * hidden_size, features]``, ``weight_hh`` ``[4 * hidden_size, hidden_size]``, ``bias_ih`` and
    ``bias_hh`` ``[4 * hidden_size]``. PyTorch: ``torch.nn.LSTMCell``.
    """

    name = "lstm_cell"
    torch = ("torch.nn.LSTMCell",)
    nested = True
    gates = 4
    examples = (Example("lstm_cell(64)", ("[B, 16]", "([B, 64], [B, 64])"), "([B, 64], [B, 64])"),)

    input_size: Positive | None = None

    def _state(self, one: TensorType) -> Type:
        return one, one


class GruCell(Cell):
    """One step of a gated recurrent unit; see ``gru``.

    Shape: ``[B, features]``, and the state ``hx`` ``[B, hidden_size]``, to the new state ``[B, hidden_size]``. Without ``hx`` it is 0.

    - ``hidden_size``: size of the state.
    - ``bias``: whether vectors are added.
    - ``input_size``: the input's features; only needed for a layer that is declared and never applied.

    Parameters: ``weight_ih`` ``[3 * hidden_size, features]``, ``weight_hh`` ``[3 * hidden_size, hidden_size]``, ``bias_ih`` and
    ``bias_hh`` ``[3 * hidden_size]``. PyTorch: ``torch.nn.GRUCell``.
    """

    name = "gru_cell"
    torch = ("torch.nn.GRUCell",)
    gates = 3
    examples = (Example("gru_cell(256)", ("[B, 512]", "[B, 256]"), "[B, 256]"),)

    input_size: Positive | None = None
