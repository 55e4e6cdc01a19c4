"""The GPU: its results and speed, its code seen without one, and how fast that can be at most."""
