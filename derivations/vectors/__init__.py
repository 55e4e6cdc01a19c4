"""The test vectors of the conformance kit, from the truth of `stdplus_ref.exact`."""
