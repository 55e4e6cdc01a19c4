"""The six functions on the CPU: NumPy ufuncs, and scalar functions for numba code."""
