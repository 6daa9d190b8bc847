"""Recurrent layers: they read a sequence step by step and carry a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from archc.ir.dims import DimLike
from archc.ir.operator import (
    WHOLE,
    Example,
    NonNegative,
    Operator,
    Parameter,
    Positive,
    Probability,
    Reach,
    TorchCall,
)
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._pure import torch_name
from archc.ops._states import demand_sequence, demand_state, gate_parameters
from archc.ops._windows import demand_size, known_size


class Recurrent(Operator):
    """What the three kinds share. ``gates`` is how many vectors of the hidden size one step computes."""

    family = "recurrent"
    inputs = ("input", "hx")
    unrolls = 1
    gates: ClassVar[int] = 1

    hidden_size: Positive
    num_layers: Positive = 1
    if TYPE_CHECKING:  # each kind lists these itself, in PyTorch's order
        bias: bool
        dropout: float
        bidirectional: bool
        input_size: int | None

    @property
    def _projected(self) -> int:
        """The size that an LSTM projects its state to, or 0."""
        return 0

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def infer(self, site: Site, input: Type, hx: Type | None = None) -> Type:
        self._demand_arguments()
        x = demand_sequence(self.name, input, "[B, T, features]")
        demand_size(site, self.name, x.shape[2], self.input_size, "input_size")
        state = self._state(x.shape[0])
        if hx is not None:
            demand_state(site, self.name, hx, state)
        return x.with_shape(*x.shape[:2], self._directions * (self._projected or self.hidden_size)), state

    def _demand_arguments(self) -> None:
        if self.dropout and self.num_layers == 1:
            message = f"dropout={self.dropout} acts between layers, but num_layers is 1"
            raise Refusal("E0402", message, argument="dropout", help="put a `dropout` layer after it, or stack layers")

    def _state(self, batch: DimLike) -> Type:
        return self._one_state(batch, self.hidden_size)

    def _one_state(self, batch: DimLike, size: int) -> TensorType:
        return TensorType((self.num_layers * self._directions, batch, size))

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        wide = self._directions * (self._projected or self.hidden_size)
        rows = self.gates * self.hidden_size
        found: list[Parameter] = []
        for layer in range(self.num_layers):
            columns = wide if layer else self._features(inputs)
            for way in ("", "_reverse")[: self._directions]:
                suffix = f"_l{layer}{way}"
                found += gate_parameters(rows, columns, self.hidden_size, self.bias, suffix, self._projected)
        return tuple(found)

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        """Every weight matrix is multiplied once for each step of each sequence."""
        weights = (p for p in self.parameters(*inputs) if len(p.shape) == 2)
        batch, steps, _ = inputs[0].shape
        total: DimLike = 2 * batch * steps * sum(rows * columns for rows, columns in (p.shape for p in weights))
        return total

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def module(self, *inputs: Any) -> TorchCall | None:
        call = self.torch_call(torch_name(self.torch[0]), self._features(inputs), positional=1, leave=("input_size",))
        return TorchCall(call.fn, call.args, (*call.kwargs, ("batch_first", True)))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None

    def stand_in(self) -> tuple[Any, ...] | None:
        return None if self.input_size is None else (TensorType((2, 2, self.input_size)),)

    def _features(self, inputs: tuple[Any, ...]) -> int:
        return known_size(inputs[0].shape[2], self.input_size)


class Rnn(Recurrent):
    """Reads a sequence with a plain recurrent network: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``.

    Elman 1990, "Finding structure in time". Gives ``(y, h)``: the last layer's state at every step, and each layer's state at the
    end.

    Shape: ``[B, T, features]`` to ``([B, T, D], [num_layers * directions, B, hidden_size])`` where ``D`` is ``hidden_size`` times
    the number of directions, 1 or 2. A second input ``hx``, of the state's shape, is the state to start from; without, it is 0.

    - ``hidden_size``: size of the state.
    - ``num_layers``: layers that read one another's outputs.
    - ``nonlinearity``: ``"tanh"`` or ``"relu"``.
    - ``bias``: whether ``b_ih`` and ``b_hh`` are added.
    - ``dropout``: probability that an output of a layer is dropped before the next layer, while training.
    - ``bidirectional``: whether a second network reads from the end; its outputs come after the first's.
    - ``input_size``: the input's features; only needed for a layer that is declared and never applied.

    Parameters, for each layer ``k``: ``weight_ih_lk`` ``[hidden_size, features]``, ``weight_hh_lk`` ``[hidden_size, hidden_size]``,
    ``bias_ih_lk`` and ``bias_hh_lk`` ``[hidden_size]``; the same with ``_reverse`` for the second direction.
    PyTorch: ``torch.nn.RNN`` with ``batch_first=True``.
    """

    name = "rnn"
    torch = ("torch.nn.RNN",)
    examples = (
        Example("rnn(128)", ("[B, T, 65]",), "([B, T, 128], [1, B, 128])"),
        Example("rnn(32, num_layers=2, nonlinearity='relu')", ("[B, T, 8]", "[2, B, 32]"), "([B, T, 32], [2, B, 32])"),
    )

    nonlinearity: Literal["tanh", "relu"] = "tanh"
    bias: bool = True
    dropout: Probability = 0.0
    bidirectional: bool = False
    input_size: Positive | None = None


class Lstm(Recurrent):
    """Reads a sequence with long short-term memory: gates decide what a cell forgets, takes in and shows.

    Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000; projection of Sak et al. 2014 (arXiv:1402.1128). Gives
    ``(y, (h, c))``: the last layer's state at every step, and each layer's state and cell at the end.

    Shape: ``[B, T, features]`` to ``([B, T, D], ([num_layers * directions, B, P], [num_layers * directions, B, hidden_size]))`` where
    ``P`` is ``proj_size`` if that is given, else ``hidden_size``, and ``D`` is ``P`` times the number of directions, 1 or 2. A second
    input ``hx``, a pair ``(h, c)`` of the state's shapes, is the state to start from; without, it is 0.

    - ``hidden_size``: size of the cell.
    - ``num_layers``: layers that read one another's outputs.
    - ``bias``: whether vectors are added.
    - ``dropout``: probability that an output of a layer is dropped before the next layer, while training.
    - ``bidirectional``: whether a second network reads from the end; its outputs come after the first's.
    - ``proj_size``: size that the state is projected to, below ``hidden_size``; 0 is no projection.
    - ``input_size``: the input's features; only needed for a layer that is declared and never applied.

    Parameters, for each layer ``k``: ``weight_ih_lk`` ``[4 * hidden_size, features]``, ``weight_hh_lk`` ``[4 * hidden_size, P]``,
    ``bias_ih_lk`` and ``bias_hh_lk`` ``[4 * hidden_size]``, with a projection ``weight_hr_lk`` ``[proj_size, hidden_size]``; the gates
    in the order input, forget, cell, output; the same with ``_reverse`` for the second direction.
    PyTorch: ``torch.nn.LSTM`` with ``batch_first=True``.
    """

    name = "lstm"
    torch = ("torch.nn.LSTM",)
    nested = True
    gates = 4
    examples = (
        Example("lstm(256)", ("[B, T, 64]",), "([B, T, 256], ([1, B, 256], [1, B, 256]))"),
        Example(
            "lstm(256, num_layers=2, bidirectional=True, proj_size=32)",
            ("[B, T, 64]",),
            "([B, T, 64], ([4, B, 32], [4, B, 256]))",
        ),
        Example("lstm(8)", ("[B, T, 4]", "([1, B, 8], [1, B, 8])"), "([B, T, 8], ([1, B, 8], [1, B, 8]))"),
    )

    bias: bool = True
    dropout: Probability = 0.0
    bidirectional: bool = False
    proj_size: NonNegative = 0
    input_size: Positive | None = None

    @property
    def _projected(self) -> int:
        return self.proj_size

    def _demand_arguments(self) -> None:
        super()._demand_arguments()
        if self.proj_size >= self.hidden_size:
            message = f"proj_size must be below hidden_size={self.hidden_size}, got {self.proj_size}"
            raise Refusal("E0402", message, argument="proj_size")

    def _state(self, batch: DimLike) -> Type:
        return self._one_state(batch, self.proj_size or self.hidden_size), self._one_state(batch, self.hidden_size)


class Gru(Recurrent):
    """Reads a sequence with gated recurrent units: gates decide how much of the state is kept and how much is new.

    Cho et al. 2014, arXiv:1406.1078. Gives ``(y, h)``: the last layer's state at every step, and each layer's state at the end.

    Shape: ``[B, T, features]`` to ``([B, T, D], [num_layers * directions, B, hidden_size])`` where ``D`` is ``hidden_size`` times
    the number of directions, 1 or 2. A second input ``hx``, of the state's shape, is the state to start from; without, it is 0.

    - ``hidden_size``: size of the state.
    - ``num_layers``: layers that read one another's outputs.
    - ``bias``: whether vectors are added.
    - ``dropout``: probability that an output of a layer is dropped before the next layer, while training.
    - ``bidirectional``: whether a second network reads from the end; its outputs come after the first's.
    - ``input_size``: the input's features; only needed for a layer that is declared and never applied.

    Parameters, for each layer ``k``: ``weight_ih_lk`` ``[3 * hidden_size, features]``, ``weight_hh_lk``
    ``[3 * hidden_size, hidden_size]``, ``bias_ih_lk`` and ``bias_hh_lk`` ``[3 * hidden_size]``; the gates in the order reset, update,
    new; the same with ``_reverse`` for the second direction. PyTorch: ``torch.nn.GRU`` with ``batch_first=True``.
    """

    name = "gru"
    torch = ("torch.nn.GRU",)
    gates = 3
    examples = (
        Example("gru(256)", ("[B, S, 256]",), "([B, S, 256], [1, B, 256])"),
        Example("gru(64, bidirectional=True)", ("[B, T, 16]",), "([B, T, 128], [2, B, 64])"),
    )

    bias: bool = True
    dropout: Probability = 0.0
    bidirectional: bool = False
    input_size: Positive | None = None
