"""IR to PyTorch: readable source, and the modules that it makes. Nothing here imports torch until a module is built."""
