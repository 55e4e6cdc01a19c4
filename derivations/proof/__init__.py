"""The proof of the float64 bounds: the source itself, run on intervals instead of numbers."""
