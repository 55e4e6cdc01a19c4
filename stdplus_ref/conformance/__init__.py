"""The conformance kit: is a port of one of the six functions right, by how much not, and where.

The command ``python -m stdplus_ref.conformance`` judges a Python callable or any program;
`check` does the same for a callable in this process. `load` gives the test vectors.

Needs NumPy alone (bfloat16 in Python callables: ml_dtypes; ``--plot``: matplotlib).
"""

from stdplus_ref.conformance.formats import FORMATS
from stdplus_ref.conformance.kit import check
from stdplus_ref.conformance.port import PortError
from stdplus_ref.conformance.tier import Tier
from stdplus_ref.conformance.vectors import Vectors, load
from stdplus_ref.conformance.verdict import Verdict

__all__ = ["FORMATS", "PortError", "Tier", "Vectors", "Verdict", "check", "load"]
