"""`stdplus_ref.exact`."""
