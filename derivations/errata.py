"""ERRATA.md: what is wrong in the paper, each line with its computed witness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derivations import d01_definition as d01
from derivations import d02_derivative as d02
from derivations import d03_pade as d03
from derivations import d04_algorithm1 as d04
from derivations import d05_asymptotics as d05
from derivations import d07_multivariate as d07
from derivations import d08_rate as d08
from derivations.core import Derivation, established

NAME = "errata"
PATH = Path("derivations/ERRATA.md")


@dataclass(frozen=True)
class Erratum:
    """One fault of the paper, and the derivation that shows it."""

    where: str
    printed: str
    correct: str
    check: Derivation[Any]


@dataclass(frozen=True)
class Reading:
    """A fault of text or citation, which no computation can show."""

    where: str
    printed: str
    correct: str


ERRATA = (
    Erratum("Eq. 3", "prior N(μ0, σ0)", "N(μ0, σ0²)", d01.residual_normal),
    Erratum(
        "after Eq. 9",
        "∂σ²/∂δ diverges “as δ approaches 0”",
        "it diverges as δ → μ²/2 (k → 0); δ < μ²/2 has no solution",
        d01.mean_rate_slope,
    ),
    Erratum(
        "Eq. 15",
        "√(σ0²·M) = σ0·stdplus(√2·b)",
        "|σ0|·stdplus(√2·b); only for σ0 ≥ 0 as printed, and §4.3 leaves σ0 unconstrained "
        "(the law is the same)",
        d01.negative_prior_std,
    ),
    Erratum(
        "§3.4, Eq. 41",
        "KL = ψᴴψ also for a singular prior factor",
        "that is the limit of the regularised KLs; the KL itself is at most that, and equal when "
        "the factor has full column rank",
        d07.singular_prior,
    ),
    Erratum(
        "§3.4, Eq. 41",
        "(a formula for the singular case is missing)",
        "KL = ½[tr C + 2‖V_rᵀa‖² − r − log det C] ≤ ψᴴψ",
        d07.degenerate_gap,
    ),
    Erratum("Eq. 15, 41", "KL = ψᴴψ at σ0 = 0", "KL = 0", d07.zero_prior_std),
    Erratum(
        "Eq. 41",
        "N(ψ, P, μ0, Σ0 + λI) for any factor of Σ0",
        "the factor of Σ0 + λI has at least n columns: for n > k the k × k matrix P does not fit",
        d07.regularised_shapes,
    ),
    Erratum(
        "Eq. 19, text",
        "“eliminates all potentially unstable operations, e.g., log/exp”",
        "the KL term has none; σ = stdplus(√2·b) has, and underflows",
        d05.underflow_in_b,
    ),
    Erratum(
        "Eq. 20",
        "normalize(ψ̃) for any ψ̃",
        "undefined at ψ̃ = 0: a policy is needed",
        d08.zero_direction,
    ),
    Erratum(
        "Thm 4.1",
        "E‖ψ‖² “= Channel Capacity”",
        "an upper bound of I(X; Z), reached iff q(z) = p(z)",
        d08.bound_not_capacity,
    ),
    Erratum(
        "§4.2, feature",
        "“an average rate of δ/N per instance”",
        "δ/N per dimension, Kδ/N per instance",
        d08.feature_rate,
    ),
    Erratum(
        "§4.2, feature",
        "“all latent dimensions are forced to be active”",
        "their rate is forced, not their information: ψ may be constant",
        d08.constant_feature,
    ),
    Erratum(
        "§4.2, Eq. 43",
        "batch normalisation to total δ, constraint E‖ψ‖² = δ",
        "the two δ differ by the factor N",
        d08.batch_constraint,
    ),
    Erratum(
        "Thm 5.1",
        "∇_ψ without a convention",
        "−1/(2β) is right for ∂_a + i·∂_b; with ∂/∂ψ̄ the factor is −1/β",
        d08.stationary_equation,
    ),
    Erratum(
        "Eq. 28",
        "L'Hôpital's rule, which presumes that the limit of dy/dx exists",
        "the power series at 0 proves it; the value 1/√2 is right",
        d02.analytic_at_zero,
    ),
    Erratum(
        "Eq. 31",
        "(as a numerical recipe)",
        "magnifies the error of y by √2/|x| near 0",
        d02.recipe_conditioning,
    ),
    Erratum("A.2", "“x < 0.04 and x > 0.04”, twice", "x < −0.04 or x > 0.04", d03.other_cases),
    Erratum(
        "A.2, Eq. 32",
        "error < 3.14e-13 for |x| < 0.04",
        "error ≈ (107/1360800)·x⁶; the bound holds on (−0.03949, 0.04018)",
        d03.claimed_error,
    ),
    Erratum(
        "A.2",
        "“it suffices to use” ½(x + √(x² + 4)) as start",
        "in exact arithmetic; in floating point it cancels to 0 for x ≪ 0: use asinh(x/2)",
        d04.start_cancels,
    ),
    Erratum(
        "Algorithm 1",
        "“improved numerical stability” for any x",
        "x² + 1 overflows long before stdplus(x) does",
        d04.square_overflows,
    ),
    Erratum(
        "Algorithm 1",
        "eps: desired precision",
        "has no effect for |x| ≤ 0.04, where 3.39e-13 is the floor; not monotone at +0.04",
        d03.accuracy_floor,
    ),
    Erratum(
        "Algorithm 1",
        "loop count ⌈log₂(−log₂ eps) − 1⌉",
        "right from n = 2 on; n = 1 misses 2⁻⁴",
        d04.first_step,
    ),
    Erratum("Eq. 33", "… + ln(|Σ|/|Σ0|)", "… − ln(|Σ|/|Σ0|)", d07.kl_formula),
    Erratum("Eq. 35", "… + log|Σ_Δ|", "… − log|Σ_Δ|", d07.relative_kl),
)

READINGS = (
    Reading("§1, §2.2", "GEKO; the method is cited without a name in §2.2", "GECO"),
    Reading(
        "Thm 5.1, code",
        "(frameworks differ)",
        "PyTorch's gradient of a real loss is ∂_a + i·∂_b, JAX returns the conjugate",
    ),
    Reading(
        "§5, end",
        "lower bound “the gradient norm ‖∇_ψ L‖”",
        "∇L is 0 at a stationary point: the expected gradient of L_> is meant",
    ),
    Reading(
        "§4.2 and §6.2",
        "δ0 + |δ̃| in one, δ̃ = δ0 + |δ| in the other",
        "the same rate; the tilde changes place",
    ),
    Reading(
        "§6.2, App. F",
        "AU cited as Alemi et al. 2018, MI as Burda et al. 2015",
        "exchanged: AU is Burda et al. 2015, MI Alemi et al. (App. F has it so, with 2017)",
    ),
    Reading(
        "§6.2, result 1",
        "“several of our methods outperform … cyclic annealing”",
        "Table 2: NLL 335.56 for cyclic; of the rate-controlled rows only init δ = 80 "
        "(335.50) is lower",
    ),
    Reading(
        "Table 2",
        "“Feature δ0 = 6” reports KL 5.98, below the committed rate 6",
        "running statistics make the rate inexact at test time",
    ),
    Reading(
        "App. B",
        "“assuming positive semidefinite” before Eq. 36",
        "Eq. 35 needs Σ_Δ positive definite (log|Σ_Δ|)",
    ),
    Reading(
        "Eq. 47",
        "AU = Cov(E[z])",
        "AU_i = Var_x(E[z_i given x]); the metric is the number of i with AU_i > 0.01",
    ),
    Reading(
        "App. F",
        "“the amortization gap” for KL(q(z) ‖ p(z))",
        "that is the marginal KL; the amortization gap is another quantity",
    ),
)

CONFIRMED = (
    (
        "Eq. 4–9",
        (d01.standard_kl, d01.root_equation, d01.root_count, d01.lambert_roots, d01.mean_rate_form),
    ),
    (
        "Eq. 10–16 (σ0 ≠ 0; the last line of Eq. 15 for σ0 > 0)",
        (d01.amplitude, d01.definition, d01.glue, d01.slashed_normal, d01.general_prior),
    ),
    (
        "Eq. 17–18 (invertible prior factor), 22, 34, 36–40",
        (
            d07.relative_kl,
            d07.multivariate_identity,
            d07.sampling,
            d07.diagonal_sum,
            d07.tall_factor,
        ),
    ),
    ("Eq. 21, 42 (the inequality)", (d08.information_bound,)),
    ("Eq. 23–24 (∂_a + i·∂_b)", (d08.stationary_equation, d08.stationary_example)),
    ("Eq. 25–31", (d02.derivative, d02.log_derivative, d02.analytic_at_zero)),
    ("Eq. 32 (coefficients)", (d03.pade_coefficients,)),
    (
        "Algorithm 1 (update; 4 and 5 steps)",
        (d04.newton_step, d04.overflow_safe, d04.loop_count, d04.promise_kept),
    ),
)

HEAD = """\
# Errata of the paper

*Slashed Normal: Parameterize Normal Posterior Distributions with KL Amplitude* (ICLR 2025
submission 14208). Generated by `python -m derivations --only errata`; do not edit.
A witness is computed by the function named beside it (`derivations/`), which raises if the line
does not hold.
"""


def row(*cells: str) -> str:
    """One line of a Markdown table; bars inside a cell are escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return (
        "\n".join([row(*head), "|" + "---|" * len(head), *(row(*cells) for cells in rows)]) + "\n"
    )


def outputs() -> dict[Path, str]:
    """ERRATA.md."""
    wrong = [
        (e.where, e.printed, e.correct, established(e.check).witness, f"`{e.check.place}`")
        for e in ERRATA
    ]
    confirmed = [
        (what, ", ".join(f"`{established(check).place}`" for check in checks))
        for what, checks in CONFIRMED
    ]
    sections = (
        HEAD,
        "## Wrong or incomplete\n",
        table(("where", "printed", "correct", "witness (computed)", "checked by"), wrong),
        "## By reading\n",
        "Text and citations, which no computation decides.\n",
        table(("where", "printed", "correct"), [(r.where, r.printed, r.correct) for r in READINGS]),
        "## Correct as printed\n",
        table(("equations", "checked by"), confirmed),
    )
    return {PATH: "\n".join(sections)}
