"""`stdplus_ref.spec`: the contract."""
