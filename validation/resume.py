"""Long runs in pieces that survive an interruption: each finished piece is a small JSON file.

The files lie in a folder whose name is a hash of everything a result depends on: the source of the
functions, of the truth and of the step, the libraries, and the processor (numba compiles for it).
So a file of another version is never taken for one of this.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeVar

from llvmlite import binding

import stdplus_ref
from validation.core import Context
from validation.fingerprint import fingerprint

CACHE_VARIABLE = "STDPLUS_REF_VALIDATION_CACHE"
"""Environment variable: the folder that holds the finished pieces (default .validation-cache)."""

Record = dict[str, Any]


class Piece(Protocol):
    """A piece of work: picklable, with a file name of its own."""

    @property
    def key(self) -> str:
        """Unique among the pieces of a step; letters, digits and hyphens."""
        ...


P = TypeVar("P", bound=Piece)


def root() -> Path:
    """The folder of the finished pieces of all steps and versions."""
    return Path(os.environ.get(CACHE_VARIABLE, ".validation-cache")).resolve()


def cache_folder(step: str, extra: Sequence[Path] = ()) -> Path:
    """Where the finished pieces of `step` lie; `extra` are the sources of the step itself."""
    here = Path(__file__).parent
    exact = Path(stdplus_ref.__file__).parent / "exact"
    own = (here / "digests.py", here / "library.py")
    folders = (sorted(folder.glob("*.py")) for folder in (here / "fast_truth", exact))
    sources = [*chain(*folders), *own, *extra]
    digest = hashlib.sha256(fingerprint().encode())
    for source in sources:
        digest.update(source.read_bytes())
    versions = [version(name) for name in ("numpy", "numba", "llvmlite", "mpmath", "python-flint")]
    versions.append(binding.get_host_cpu_name())
    digest.update(repr(versions).encode())
    return root() / step / digest.hexdigest()[:16]


def load(folder: Path, piece: Piece) -> Record | None:
    """The record of a finished piece, or None."""
    path = folder / f"{piece.key}.json"
    return read(path) if path.exists() else None


def read(path: Path) -> Record:
    """The record in a file."""
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def finish(context: Context, work: Callable[[P], Record], pieces: Iterable[P], folder: Path,
           label: str, sizes: Sequence[int] | None = None) -> list[Record]:  # fmt: skip
    """[work(piece) for piece in pieces], but for those that are finished already.

    Parameters
    ----------
    context : Context
        Gives the worker processes and the progress.
    work : callable
        A module-level function of one piece; what it returns must be plain data.
    pieces : iterable
    folder : Path
        From `cache_folder`.
    label : str
        Of the progress.
    sizes : sequence of int, optional
        How many arguments each piece has: the progress then says how many are done in a second.

    Returns
    -------
    list of dict
        The records in the order of the pieces.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = list(pieces)
    missing = [piece for piece in listed if load(folder, piece) is None]
    context.progress(f"{len(listed) - len(missing)} of {len(listed)} pieces are in {folder}")
    if sizes is not None:
        size_of = dict(zip((piece.key for piece in listed), sizes, strict=True))
        sizes = [size_of[piece.key] for piece in missing]
    context.map(partial(_work_and_save, work, folder), missing, label, sizes)
    records = [load(folder, piece) for piece in listed]
    return [record for record in records if record is not None]


def _work_and_save(work: Callable[[P], Record], folder: Path, piece: P) -> None:
    """Write the file under another name first: a file with the right name is whole."""
    text = json.dumps(work(piece))
    unfinished = folder / f"{piece.key}.{os.getpid()}.part"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(folder / f"{piece.key}.json")
