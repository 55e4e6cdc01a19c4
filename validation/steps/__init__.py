"""One module a step; `validation.core.discover` finds them all. See validation/README.md."""
