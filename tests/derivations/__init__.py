"""`derivations`."""
