"""Control and measurement of the rate, the KL divergence of encoder from prior (§4.2, E.1, F.1).

An encoder's raw complex output ψ̃ of shape (..., N, K), N instances of K dimensions, is scaled to
ψ = √δ·ψ̃/‖ψ̃‖ (Eq. 20), so that the total KL of each normalised set is δ:

=============  ==================  =======================================  ==================
mode           one set is          δ of the set                             mean per instance
=============  ==================  =======================================  ==================
``batch``      all N·K amplitudes  total over the batch                     δ/N
``instance``   K of one instance   of that instance                         δ
``feature``    N of one dimension  of that dimension, over the batch        K·δ/N
=============  ==================  =======================================  ==================

`normalize_rate` takes δ of the sets, as the paper does; `total_rate` finds it from the mean rate
per instance, which is what `RateNormalizer` takes, since it does not depend on the batch size.

The zero vector has no direction. A set of zeros asked to have a positive rate raises ValueError
with ``on_zero="raise"`` (the default); with ``on_zero="keep"`` it stays 0, and so does its rate.
"""

from stdplus_ref.rate._functions import (
    committed_rate,
    constant_rate,
    from_nats,
    learnable_rate,
    to_nats,
)
from stdplus_ref.rate._metrics import (
    InformationEstimate,
    active_units,
    mean_kl,
    mutual_information,
    unit_activity,
)
from stdplus_ref.rate._normalization import RateNormalizer, normalize_rate, total_rate

__all__ = [
    "InformationEstimate",
    "RateNormalizer",
    "active_units",
    "committed_rate",
    "constant_rate",
    "from_nats",
    "learnable_rate",
    "mean_kl",
    "mutual_information",
    "normalize_rate",
    "to_nats",
    "total_rate",
    "unit_activity",
]
