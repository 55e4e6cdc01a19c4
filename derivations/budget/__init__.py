"""The error budget of the kernels: every rounding bounded, over a subdivision of the argument."""
