"""IR to PyTorch: readable source, and the modules that it makes. Nothing here imports torch until a module is built."""

from archc.backends.torch.calls import EmissionError
from archc.backends.torch.check import cross_check, instantiate
from archc.backends.torch.load import load_module
from archc.backends.torch.source import emit, emit_named

__all__ = ["EmissionError", "cross_check", "emit", "emit_named", "instantiate", "load_module"]
