"""Derivations that assert: every equation the library rests on, and every file written from them.

``python -m derivations`` derives everything and writes the generated files;
``python -m derivations --check`` derives everything and fails if a file differs.
"""
