from typing import Final

import numpy as np

from stdplus_ref import algorithm1 as algorithm1
from stdplus_ref import c as c
from stdplus_ref import conformance as conformance
from stdplus_ref import cuda as cuda
from stdplus_ref import exact as exact
from stdplus_ref import jax as jax
from stdplus_ref import kernels as kernels
from stdplus_ref import rate as rate
from stdplus_ref import source as source
from stdplus_ref import spec as spec
from stdplus_ref import torch as torch
from stdplus_ref.distribution.gaussian_kl import kl_divergence as kl_divergence
from stdplus_ref.distribution.multivariate import (
    MultivariateSlashedNormal as MultivariateSlashedNormal,
)
from stdplus_ref.distribution.slashed_normal import SlashedNormal as SlashedNormal

__version__: str

stdplus: Final[np.ufunc]
log_stdplus: Final[np.ufunc]
stdplus_derivative: Final[np.ufunc]
log_stdplus_derivative: Final[np.ufunc]
inv_stdplus: Final[np.ufunc]
inv_log_stdplus: Final[np.ufunc]
