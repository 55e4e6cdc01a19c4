"""`python -m validation`: every claim of the library and of the paper, measured on this machine."""
