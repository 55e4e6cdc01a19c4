"""`stdplus_ref.conformance`: the kit, its vectors and its command."""
