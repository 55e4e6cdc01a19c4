"""How accurate the ports are, measured by the conformance kit: `stdplus_ref/spec/port_evidence.py`.

    python -m validation.ports                # every target whose library is installed
    python -m validation.ports torch jax      # only these
    python -m validation.ports --all-float32  # float32 on all 2^32 numbers: hours

Targets are those of `stdplus_ref.spec.PORTS`. All are judged on the kit's vectors; the 16-bit types
also on every number, the others, unless correctly rounded, on every 211th float32 and on random
float64 numbers. What was measured of other targets before is kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from derivations.vectors import truth
from stdplus_ref import spec
from stdplus_ref.conformance import Tier, Verdict, check, exhaustive
from stdplus_ref.conformance.formats import Bits, Format
from stdplus_ref.conformance.frameworks import OnBits, on_bits
from stdplus_ref.conformance.judge import Judge
from stdplus_ref.spec import Found, Word
from stdplus_ref.spec.port_evidence import EVIDENCE
from validation.evidence import exact_value

FILE: Final = Path(spec.__file__).with_name("port_evidence.py")
HALF_TYPES: Final = ("float16", "bfloat16")
STEP: Final = 211  # between the float32 numbers of a survey
RANDOM: Final = 100_000  # float64 numbers of a survey

Function = Callable[[Any], Any]
Key = tuple[str, str, str]


class Target(NamedTuple):
    """A port: its library, and how a function of it is called."""

    framework: str
    prepare: Callable[[Function], Function]

    def function(self, name: str) -> Function:
        """One of the six functions."""
        return self.prepare(getattr(import_module(f"stdplus_ref.{self.framework}"), name))

    def installed(self) -> bool:
        """Whether its library is there."""
        return find_spec(self.framework) is not None


def _compiled(function: Function) -> Function:
    torch: Any = import_module("torch")
    compiled: Function = torch.compile(function, fullgraph=True, dynamic=True)
    return compiled


def _jitted(function: Function) -> Function:
    jax: Any = import_module("jax")
    jitted: Function = jax.jit(function)
    return jitted


TARGETS: Final[Mapping[str, Target]] = {
    "torch": Target("torch", lambda function: function),
    "torch compiled": Target("torch", _compiled),
    "jax": Target("jax", _jitted),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the file, and return the exit code: 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m validation.ports", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--all-float32", action="store_true", help="judge every float32: hours")
    options = parser.parse_args(argv)
    wanted, exhaustive = options.targets, HALF_TYPES + ("float32",) * options.all_float32
    if unknown := set(wanted) - set(TARGETS):
        parser.error(f"expected {', '.join(TARGETS)}, got {', '.join(sorted(unknown))}")
    found, broken = dict(EVIDENCE), 0
    for target in wanted or TARGETS:
        if not TARGETS[target].installed():
            print(f"{target}: skipped, {TARGETS[target].framework} is not installed")
            continue
        for promise in (a for a in spec.ACCURACY if a.target == target):
            verdict = judge(promise, every=promise.dtype in exhaustive)
            broken += not verdict.passed
            found[target, promise.function, promise.dtype] = (evidence(verdict),)
            print(f"{target}: {str(verdict).splitlines()[0]}; meets {verdict.judge.meets()}")
    write(found)
    return 1 if broken else 0


def judge(promise: spec.Accuracy, every: bool) -> Verdict:
    """The kit's verdict on a promise for a port; `every` for all numbers of the type."""
    target = TARGETS[promise.target]
    function = target.function(promise.function)
    verdict = check(
        function,
        promise.function,
        promise.dtype,
        Tier(None if promise.correctly_rounded else promise.limit, promise.flush_to_zero),
        framework=target.framework,
        port=promise.target,
        every=every,
    )
    if not every and not promise.correctly_rounded:  # else the survey's truth is the port itself
        _survey(verdict.judge, on_bits(function, verdict.format, target.framework))
    return verdict


def _survey(judge: Judge, compute: OnBits) -> None:
    """Judge `survey_of` the type too."""
    fmt, name = judge.format, judge.function
    judge.restart()
    for bits in survey_of(fmt):
        if fmt.name == "float32":
            outputs = exhaustive.truth(name, fmt, bits)
            residuals = exhaustive.residuals(name, fmt, bits, outputs)
        else:
            outputs = truth.rounded(name, fmt, bits)
            residuals = partial(_residuals, name, fmt, bits, outputs)
        judge.add(bits, compute(bits), outputs, residuals)


def survey_of(fmt: Format) -> Iterator[Bits]:
    """Numbers of float32 or float64 in ascending order, in pieces."""
    if fmt.name == "float32":
        ordinals = np.arange(-fmt.infinity, fmt.infinity, STEP)
    else:
        rng = np.random.default_rng(0)
        near = fmt.ordinal(fmt.bits_of(rng.normal(0, 4, RANDOM // 2)))
        anywhere = rng.integers(-fmt.infinity, fmt.infinity, RANDOM - near.size)
        ordinals = np.sort(np.concatenate([near, anywhere]))
    for start in range(0, ordinals.size, exhaustive.CHUNK):
        yield fmt.from_ordinal(ordinals[start : start + exhaustive.CHUNK])


def _residuals(name: str, fmt: Format, inputs: Bits, outputs: Bits, index: Any) -> Any:
    return truth.residuals(name, fmt, inputs[index], outputs[index])


def evidence(verdict: Verdict) -> Found:
    """The largest error that the kit saw."""
    fmt, results, worst = verdict.format, verdict.results, verdict.judge.worst
    errors = np.nan_to_num(np.abs(results.judged.errors), nan=0.0, posinf=np.inf)
    i = int(errors.argmax())
    seen = float(errors[i]), int(results.vectors.inputs[i]), int(results.got[i])
    if worst is not None:
        seen = max(seen, (worst.error, worst.input, worst.got))
    error, *bits = seen
    x, got = (float(fmt.value(fmt.array([each]))[0]) for each in bits)
    vectors, judged = len(results.vectors.inputs), verdict.judge.inputs
    scanned = f"the kit's {vectors} vectors"
    if judged > vectors:
        scanned += f" and {judged - vectors} more arguments"
    if verdict.exhaustive:
        scanned = f"all {1 << fmt.width} arguments"
    word: Word = "exhaustive" if verdict.exhaustive else "observed"
    function = results.vectors.function
    return word, scanned, error, (x.hex(), got.hex(), exact_value(function, x))


def write(found: Mapping[Key, tuple[Found, ...]]) -> None:
    """Write the file, in the order of the promises."""
    keys = [(a.target, a.function, a.dtype) for a in spec.ACCURACY]
    head, _, _ = FILE.read_text(encoding="utf-8").partition("EVIDENCE:")
    rows = "".join(f"    {key!r}: {found[key]!r},\n" for key in keys if key in found)
    kind = "dict[tuple[str, str, str], tuple[Found, ...]]"
    FILE.write_text(f"{head}EVIDENCE: {kind} = {{\n{rows}}}\n", encoding="utf-8")
    print(f"wrote {FILE}")


if __name__ == "__main__":
    sys.exit(main())
