"""The archive of vectors: complete, the same bytes each time, and read by C and JavaScript."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import stdplus_ref
from derivations.vectors import archive
from stdplus_ref import spec
from stdplus_ref.conformance import vectors
from stdplus_ref.conformance.formats import FORMATS
from tests.c.compilers import compiled

EXAMPLES = Path(__file__).parents[2] / "examples"
SETS = [(name, dtype) for name in spec.NAMES for dtype in FORMATS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, unpacked."""
    out = tmp_path_factory.mktemp("vectors")
    assert archive.main(["--out", str(out)]) == 0
    with zipfile.ZipFile(out / f"{archive.NAME}.zip") as packed:
        packed.extractall(out)
    return out / archive.NAME


def test_it_has_every_file_with_its_checksum(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {path: digest for digest, path in (line.split("  ") for line in lines)}
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(sums) == files - {"SHA256SUMS"}
    assert len(sums) == 5 * len(SETS) + 3
    for path, digest in sums.items():
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest, path
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert stdplus_ref.__version__ in page.splitlines()[0]
    assert all(f"`{flag}`" in page for flag in vectors.FLAGS)


def test_the_same_bytes_each_time(folder: Path, tmp_path: Path) -> None:
    first = folder.parent / f"{archive.NAME}.zip"
    assert archive.write(tmp_path).read_bytes() == first.read_bytes()


@pytest.mark.parametrize(("function", "dtype"), SETS)
def test_three_forms_of_the_same(folder: Path, function: str, dtype: str) -> None:
    kept = vectors.load(function, dtype)
    assert (folder / f"csv/{function}-{dtype}.csv").read_text(encoding="utf-8") == vectors.read(
        vectors.path(function, dtype)
    )
    code = archive.TYPE_CODES[dtype]
    kind = f"<u{kept.format.width // 8}"
    table = folder / "tables" / function
    np.testing.assert_array_equal(np.fromfile(table / f"In_{code}-{code}.bin", kind), kept.inputs)
    np.testing.assert_array_equal(np.fromfile(table / f"Out_{code}-{code}.bin", kind), kept.outputs)
    errors = np.fromfile(table / f"Err_{code}-{code}.bin", "<f8")
    np.testing.assert_array_equal(errors, kept.residuals)
    rows = json.loads((folder / f"json/{function}-{dtype}.json").read_text(encoding="utf-8"))
    assert rows["version"] == stdplus_ref.__version__
    assert [int(row["input"], 16) for row in rows["vectors"]] == kept.inputs.tolist()
    assert [int(row["output"], 16) for row in rows["vectors"]] == kept.outputs.tolist()
    assert [row["origin"] for row in rows["vectors"]] == list(kept.reasons)
    residuals = [np.nan if (r := row["residual"]) is None else r / 1000 for row in rows["vectors"]]
    np.testing.assert_array_equal(residuals, kept.residuals)


def test_the_schema_describes_them_and_refuses_others(folder: Path) -> None:
    schema = json.loads((folder / "vectors.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    made = archive.document("stdplus", "bfloat16")
    validator.validate(made)
    first = made["vectors"][0]
    for wrong in ({"input": "0x12"}, {"residual": 0.5}, {"flags": ["other"]}, {"extra": 1}):
        made["vectors"][0] = first | wrong
        assert not validator.is_valid(made), wrong


def test_the_reader_in_c(folder: Path, tmp_path: Path) -> None:
    program = tmp_path / "vectors"
    source = EXAMPLES / "c" / "vectors.c"
    done = compiled("gcc", ["-O2", "-o", str(program), "-lm"], source)
    assert done.returncode == 0, done.stderr
    table = folder / "tables" / "stdplus"
    said = subprocess.run([program, table], capture_output=True, text=True, check=True).stdout
    count = vectors.load("stdplus", "float64").inputs.size
    assert said.startswith(f"{count} vectors, largest error 0.50")

    other = tmp_path / "stdplus"
    shutil.copytree(table, other)
    outputs = np.fromfile(other / "Out_d-d.bin", "<u8")
    outputs[np.flatnonzero(~np.isnan(np.fromfile(table / "Err_d-d.bin")))[1000]] ^= 4
    outputs.tofile(other / "Out_d-d.bin")
    said = subprocess.run([program, other], capture_output=True, text=True, check=True).stdout
    assert not said.startswith(f"{count} vectors, largest error 0.50")


def test_the_reader_in_javascript(folder: Path) -> None:
    node = shutil.which("node") or pytest.skip("node is not installed (Debian package nodejs)")
    file = folder / "json" / "log_stdplus-float64.json"
    command = [node, EXAMPLES / "vectors.js", file]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("log_stdplus float64: largest error ")
    worst = float(said.split()[4])
    assert 1 < worst < 10_000


def test_readers_are_short() -> None:
    for name in ("c/vectors.c", "vectors.js"):
        lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
        assert len([line for line in lines if line.strip()]) < 60


def test_out_that_cannot_be_written_to_is_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as end:
        archive.main(["--out", str(tmp_path / "file")])
    assert end.value.code == 2
