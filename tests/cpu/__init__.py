"""The ufuncs and the kernels on the processor."""
