"""The code in README.md: commands (```sh) and examples (```python). Standard library alone.

python tests/package/readme.py command N       print the Nth command, counted from 1
python tests/package/readme.py examples        run the examples that need no extra
python tests/package/readme.py examples exact  … and those that need this extra (```python exact)
"""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "README.md"
_FENCE = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """The shell commands, one for each block."""
    return [code.strip() for kind, _, code in _FENCE.findall(_page()) if kind == "sh"]


def examples(*extras: str) -> list[str]:
    """The Python blocks that need no extra, or one of those given."""
    found = _FENCE.findall(_page())
    return [code for kind, extra, code in found if kind == "python" and extra in ("", *extras)]


def run_examples(*extras: str) -> doctest.TestResults:
    """Run the examples one after another in one namespace, printing what differs."""
    runner, namespace = doctest.DocTestRunner(), {}
    for code in examples(*extras):
        test = doctest.DocTestParser().get_doctest(code, namespace, PAGE.name, str(PAGE), 0)
        runner.run(test, clear_globs=False)
        namespace = test.globs
    return runner.summarize(verbose=False)


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the command; return the exit status."""
    match arguments:
        case ["command", number]:
            print(commands()[int(number) - 1])
            return 0
        case ["examples", *extras]:
            result = run_examples(*extras)
            print(f"{result.attempted} examples, {result.failed} failed")
            return 1 if result.failed or not result.attempted else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
