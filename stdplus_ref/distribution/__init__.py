"""The Slashed Normal distribution, of one variable and of many, and the KL divergence of normals.

Public are `stdplus_ref.SlashedNormal`, `stdplus_ref.MultivariateSlashedNormal` and
`stdplus_ref.kl_divergence`. `support`, `whitened` and `relative` are the mathematics they share,
`arguments` the checks of their arguments.
"""
