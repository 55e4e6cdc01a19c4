"""`stdplus_ref.rate`."""
