"""Typesets the formulas in a sentence: from the plain text of a derivation's claim to TeX.

A claim reads in a terminal as it stands: “KL = δ ⇔ log x − x = k − 1”. Here the words stay words
and each run of mathematics becomes a formula, cut at its relations so that a line may break there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_FUNCTIONS: Final = (
    "inv_log_stdplus", "log_stdplus_derivative", "stdplus_derivative", "inv_stdplus", "log_stdplus",
    "squareplus", "stdplus", "expm1", "log1p", "asinh", "atanh", "diag", "sign", "exp", "log",
    "det", "max", "min", "ln", "tr", "KL", "abs",
)  # fmt: skip
_NAMES: Final = {name: r"\operatorname{" + name.replace("_", r"\_") + "}" for name in _FUNCTIONS}
_SUPERSCRIPTS: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀᴴⁿ", "0123456789-+THn", strict=True))
_SUBSCRIPTS: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉₋", "0123456789-", strict=True))
_FRACTIONS: Final = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4)}
_GREEK: Final = "αβγδεηθλμνπρσφχψωΔΛΣΠΩ"
_OPERATORS: Final = {
    "·": r"\cdot ", "−": "-", "≤": r"\leq ", "≥": r"\geq ", "≠": r"\neq ", "⇔": r"\Leftrightarrow ",
    "→": r"\to ", "∞": r"\infty ", "‖": r"\Vert ", "∇": r"\nabla ", "∂": r"\partial ", "∈": r"\in ",
    "⊙": r"\odot ", "±": r"\pm ", "∓": r"\mp ", "∼": r"\sim ", "ψ̄": r"\bar{ψ}", "ψ̃": r"\tilde{ψ}",
    "…": r"\ldots ", "×": r"\times ", "~": r"\sim ", "←": r"\leftarrow ", "ℓ": r"\ell ",
    "ℝ": r"\mathbb{R}",
}  # fmt: skip
_ESCAPED: Final = {
    "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&", "_": r"\_", "|": r"\vert ",
}  # fmt: skip
_RELATIONS: Final = {"=", "≤", "≥", "≠", "⇔", "→", "<", ">", "←", "⇒"}
_FUNCTION: Final = rf"(?<![A-Za-z_])(?:{'|'.join(_FUNCTIONS)})(?![a-z_])"
_MATHEMATICS: Final = re.compile(
    rf"[{''.join(_SUPERSCRIPTS)}{''.join(_SUBSCRIPTS)}{''.join(_FRACTIONS)}{_GREEK}"
    r"·−≤≥≠⇔→∞‖∇∂∈⊙±∓√=<>^+|←ℓℝ×~]"
    r"|\b[A-Zb-hj-z]\b(?!\.)|\b[MWt]\d\b|\b[A-Z]_[a-z>]|\bd[xyt]/d[xyt]\b|\(\d[a-z]\)|\)['′]"
)
_NUMBER: Final = re.compile(r"[\d.]+(?:e-?\d+)?(?:/\d+)?[a-z]?[)\],;:]*|a|…")
_OPERATOR: Final = "=≤≥≠⇔→<>←⇒+−·/×~∈‖"
_TOKEN: Final = re.compile(
    rf"(?P<name>{'|'.join(_FUNCTIONS)})(?![a-z])"
    r"|(?P<root>√)"
    r"|(?P<power>\^)"
    rf"|(?P<super>[{''.join(_SUPERSCRIPTS)}]+)"
    rf"|(?P<sub>[{''.join(_SUBSCRIPTS)}]+|_[A-Za-zΔ0-9>]|(?<=[MWtσμΣ])\d+)"
    rf"|(?P<fraction>[{''.join(_FRACTIONS)}])"
    r"|(?P<letter>[ψ][\u0303\u0304])"
    r"|(?P<prime>′+|'+)"
    r"|(?P<other>.)",
    re.DOTALL,
)


def typeset(sentence: str) -> str:
    """The sentence in MyST, its mathematics as formulas."""
    parts = re.split(r"(`[^`]*`|“[^”]*”)", sentence)
    parts[::2] = (_prose(part) for part in parts[::2])
    return "".join(parts)


def _prose(text: str) -> str:
    """Text without code and quotations."""
    found: list[str] = []
    run: list[str] = []

    def close() -> None:
        if run:
            found.append(_formulas(" ".join(run)))
            run.clear()

    words = list(_words(text))
    for word, is_formula in zip(words, _which(words), strict=True):
        if is_formula:
            run.append(word)
            if word[-1] in ",;:":
                close()
        else:
            close()
            found.append(word)
    close()
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{lead}{' '.join(found)}{tail}" if found else text


def _words(text: str) -> Iterator[str]:
    """Words, those within one pair of brackets together if there is mathematics in them."""
    word = ""
    for piece in text.split():
        word = f"{word} {piece}" if word else piece
        if _depth(word) <= 0:
            yield from [word] if _is_mathematics(word) else word.split()
            word = ""
    yield from word.split()


def _depth(text: str) -> int:
    """How many brackets are open at the end. An interval may close with another kind."""
    return sum((char in "([{") - (char in ")]}") for char in text)


def _which(words: Sequence[str]) -> list[bool]:
    """Which words are mathematics; a number or a function's name is if it stands beside some."""
    found = [_is_mathematics(word) for word in words]
    for i in reversed(range(len(words))):
        after = found[i + 1] if i + 1 < len(words) and words[i][-1] not in ",;:" else False
        if re.fullmatch(_FUNCTION, words[i]):
            found[i] = after
        elif _NUMBER.fullmatch(words[i]) and not found[i]:
            found[i] = after and words[i + 1][0] in _OPERATOR
    for i in range(1, len(words)):
        if found[i - 1] and words[i - 1][-1] in _OPERATOR:
            found[i] |= bool(_NUMBER.fullmatch(words[i]))
    return found


def _is_mathematics(word: str) -> bool:
    bare = re.sub(_FUNCTION, "", word)
    if re.search(r"[a-zA-Z]{3,}|\b(?:or|is|to)\b", bare):
        return False
    called = re.search(_FUNCTION + r"(?:\(|['′])", word)
    return bool(_MATHEMATICS.search(bare) or called)


def _formulas(run: str) -> str:
    """One run of mathematics, cut after its relations outside of brackets."""
    tail = run[len(run.rstrip(",;:.")) :]
    pieces, depth = [""], 0
    for char in run[: len(run) - len(tail)]:
        depth += _depth(char)
        pieces[-1] += char
        if depth == 0 and char in _RELATIONS:
            pieces.append("")
    return " ".join(f"{{math}}`{tex(piece.strip())}`" for piece in pieces if piece.strip()) + tail


def tex(formula: str) -> str:
    """A formula in TeX."""
    found, at = "", 0
    while match := _TOKEN.match(formula, at):
        at, text = match.end(), match[0]
        match match.lastgroup:
            case "name":
                apart = re.compile(r" \w").match(formula, at)
                found += _NAMES[text] + (r"\," if apart else "")
            case "root" | "power":
                inner, at = _argument(formula, at)
                found += (r"\sqrt" if text == "√" else "^") + f"{{{tex(inner)}}}"
            case "super":
                found += rf"^{{{''.join(map(_SUPERSCRIPTS.__getitem__, text))}}}"
            case "sub":
                found += rf"_{{{''.join(_SUBSCRIPTS.get(char, char) for char in text.strip('_'))}}}"
            case "fraction":
                found += r"\tfrac{{{}}}{{{}}}".format(*_FRACTIONS[text])
            case "prime":
                found += "^{" + r"\prime " * len(text) + "}"
            case _:
                found += _OPERATORS.get(text, _ESCAPED.get(text, text))
    return found


def _argument(formula: str, at: int) -> tuple[str, int]:
    """What a root or a power applies to, its brackets left off, and where it ends."""
    if formula[at : at + 1] in ("(", "{"):
        for end in range(at + 1, len(formula) + 1):
            if _depth(formula[at:end]) == 0:
                return formula[at + 1 : end - 1], end
    match = re.compile(r"[−-]?(?:\d+(?:\.\d+)?|.)").match(formula, at)
    return (match[0], match.end()) if match else ("", at)
