"""The functions in operations that every array library has, for the PyTorch and JAX ports.

The kernels rest on a fused multiply-add, which these libraries do not offer but their compilers
may insert. Here no result depends on it: wherever a rounding error would matter, the factors are
short enough for their product to be exact, and then it does not matter whether a product and a
sum are fused. Nor does any result depend on the last bits of a library's √ or log. Beyond these
and + − × ÷ there are only rounding to an integer, comparison, selection and the exponent of a
number (`ops`).

`higher.evaluate` is every function: four families and all their derivatives. Regimes that do not
apply are evaluated at harmless arguments and discarded, so nothing branches and everything fuses.
"""
