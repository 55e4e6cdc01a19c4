"""`stdplus_ref.torch`."""
