"""`stdplus_ref.jax`."""
