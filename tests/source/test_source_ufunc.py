"""The ufuncs have the bits of the source, and are right on new arguments each run."""

from __future__ import annotations

import random
import secrets

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import exact
from stdplus_ref.conformance import vectors
from stdplus_ref.source import KERNELS
from tests.source.points import everywhere, hard_cases
from validation import digests

REGIMES = {
    "forward": ((-41.0, -13.0), (-13.5, -3.0), (-3.25, -0.25), (-0.25, 0.25), (0.25, 1), (1, 8.1)),
    "inv_stdplus": ((0.0, 0.8), (0.8, 1.2), (1.2, 2.0), (2.0, 90.0), (0.0, 0.01)),
    "inv_log_stdplus": ((-50.0, -1.0), (-1.0, -0.375), (-0.375, 0.375), (0.375, 2), (2.0, 90.0)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("name", KERNELS)
def test_ufunc_and_source_have_the_same_bits(name: str, dtype: type) -> None:
    function = getattr(KERNELS[name], np.dtype(dtype).name)
    held = vectors.load(name, np.dtype(dtype).name).inputs.view(dtype)
    cases = [float.fromhex(case[0]) for case in hard_cases(name)]
    with np.errstate(all="ignore"):
        x = np.concatenate([held, np.array([*cases, *everywhere(name)]).astype(dtype)])
        got = getattr(stdplus_ref, name)(x)
        want = np.array([function(v) for v in (x.tolist() if dtype is np.float64 else x)], dtype)
    both_nan = np.isnan(got) & np.isnan(want)
    width = np.dtype(dtype).itemsize
    differ = (got.view(f"u{width}") != want.view(f"u{width}")) & ~both_nan
    assert not differ.any(), [v.hex() for v in x[differ].tolist()][:3]


@pytest.mark.parametrize("name", KERNELS)
def test_new_float32_arguments_are_rounded_correctly(name: str) -> None:
    """Other ones in every run."""
    seed = secrets.randbits(64)
    rng = np.random.default_rng(seed)
    regimes = REGIMES.get(name, REGIMES["forward"])
    parts = [rng.uniform(low, high, 400) for low, high in regimes]
    parts.append(2.0 ** rng.uniform(-149, 128, 400) * rng.choice([-1.0, 1.0], 400))
    with np.errstate(all="ignore"):
        x = np.concatenate(parts).astype(np.float32)
        got = getattr(stdplus_ref, name)(x)
    want = exact.rounded(name, x, np.float32)
    differ = (got.view(np.uint32) != want.view(np.uint32)) & ~(np.isnan(got) & np.isnan(want))
    assert not differ.any(), f"seed {seed}: {[v.hex() for v in x[differ].tolist()][:3]}"


def shards(count: int) -> list[int]:
    """Numbers of shards drawn anew; two of three are those of numbers of size 2^-14 to 2^18."""
    rng = random.Random(secrets.randbits(64))
    common = [n for n in range(256) if 0x38 <= n % 128 < 0x48]
    return [rng.choice(common if i % 3 else range(256)) for i in range(count)]


@pytest.mark.parametrize("name", KERNELS)
def test_digests_of_shards_drawn_anew(name: str) -> None:
    """All 2^24 results of each, against the kept digests of the correctly rounded ones."""
    import hashlib

    kept = digests.kept_digests()[name]["shards"]
    drawn = shards(3)
    for number in drawn:
        x = digests.inputs(number * digests.SHARD_SIZE, digests.SHARD_SIZE)
        with np.errstate(all="ignore"):
            y = getattr(stdplus_ref, name)(x)
        found = hashlib.sha256(digests.canonical(y)).hexdigest()
        assert found == kept[number], f"{name}, shard {number} of the drawn {drawn}"
