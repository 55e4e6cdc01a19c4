"""`stdplus_ref.distribution`."""
