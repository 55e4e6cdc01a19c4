"""The command: ports of every sort, the page's example in C, and what can go wrong with a port."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from derivations.vectors.__main__ import main as write_vectors
from stdplus_ref import conformance
from stdplus_ref.conformance import FORMATS, export, load
from stdplus_ref.conformance.__main__ import main
from stdplus_ref.conformance.frameworks import on_bits
from stdplus_ref.conformance.port import Port, PortError

ROOT = Path(stdplus_ref.__file__).parents[1]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")

PORTS = """
import os, signal, sys, time
import numpy as np
import stdplus_ref

print("a port may print")

def right(x): return stdplus_ref.stdplus(x)
def noisy(x): print("while it computes"); return stdplus_ref.stdplus(x)
def wrong(x): return x
def half(x): return stdplus_ref.stdplus(x.astype(np.float64)).astype(x.dtype)
def single(x): return stdplus_ref.stdplus(x.astype(np.float64)).astype(np.float16).astype(x.dtype)
def double(x): return x.astype(np.float64)
def swapped(x): return stdplus_ref.stdplus(x).astype(x.dtype.newbyteorder())
def short(x): return x[:-1]
def column(x): return x[:, None]
def nothing(x): return None
def listed(x): return x.tolist()
def fails(x): raise RuntimeError("no such branch")
def leaves(x): sys.exit(0)
def dies(x): os._exit(0)
def crashes(x): os.kill(os.getpid(), signal.SIGSEGV)
def hangs(x): time.sleep(1000)
number = 1.5
"""


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the module `ports`, from which the kit is run."""
    (tmp_path / "ports.py").write_text(PORTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def kit(*arguments: str, dtype: str = "float32") -> int:
    return main([*arguments, "--function", "stdplus", "--dtype", dtype])


def test_a_right_port_passes(ports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ports / "verdict.json", ports / "verdict.png"
    asked = "--json", str(files[0]), "--plot", str(files[1])
    assert kit("ports:noisy", *asked) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("stdplus float32, tier exact: PASS\nports:noisy (numpy on cpu); ")
    data = json.loads(files[0].read_text())
    assert (data["passed"], data["meets"], data["tier"]) == (True, "exact", "exact")
    assert files[1].read_bytes().startswith(b"\x89PNG")


def test_a_wrong_port_fails(ports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert kit("ports:wrong", "--tier", "ulp:4") == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "tier ulp:4: FAIL" in printed
    assert "input 0x80000000 (-0), got 0x80000000 (-0), want 0x3f800000 (1)" in printed


@pytest.mark.parametrize(
    ("port", "said"),
    [
        ("double", "given float32 it must return float32, but it returned float64."),
        ("swapped", "given float32 it must return float32, but it returned >f4."),
        ("short", "it returned one of shape"),
        ("column", "it returned one of shape"),
        ("nothing", "it must return a numpy.ndarray, but it returned a NoneType."),
        ("listed", "it must return a numpy.ndarray, but it returned a list."),
        ("fails", "RuntimeError: no such branch"),
        ("leaves", "it ended after 0 bytes of results; expected "),
        ("dies", "it ended after 0 bytes of results; expected "),
        ("crashes", "killed by SIGSEGV"),
        ("hangs", "it did nothing for 2 seconds and was stopped; if it is only slow"),
        ("number", "ports:number is not callable, it is a float."),
        ("missing", "module 'ports' has no attribute 'missing'"),
    ],
)
def test_a_callable_that_cannot_be_run(
    port: str, said: str, ports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kit(f"ports:{port}", "--timeout", "2" if port == "hangs" else "60") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"ports:{port} (numpy on cpu) could not be run, so it does not pass: " in printed.err
    assert said in printed.err


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("print('0.5')", "it ended after 4 bytes of results"),
        ("v = read(); out(v[: len(v) // 2])", "bytes of results; expected"),
        ("v = read(); out(v[: len(v) // 2]); os._exit(0)", "bytes of results; expected"),
        ("v = read(); out(v + b'!')", "it wrote more than the"),
        ("out(bytes(10**6))", "it wrote more than the"),
        ("out(read()); sys.exit(7)", "did not end well (exit status 7)"),
        ("out(read()); os.kill(os.getpid(), 11)", "did not end well (killed by SIGSEGV)"),
        ("out(read()); os.close(1); time.sleep(60)", "all results but did not end within 3 s"),
        ("read(); time.sleep(60)", "it did nothing for 3 seconds"),
        ("raise ValueError('cannot')", "ValueError: cannot"),
    ],
)
def test_a_program_that_cannot_be_run(
    program: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "port.py"
    file.write_text(
        "import os, sys, time\n"
        "read = sys.stdin.buffer.read\n"
        "def out(b): sys.stdout.buffer.write(b); sys.stdout.flush()\n" + program
    )
    timeout = "3" if "time.sleep" in program else "60"
    assert kit("--command", f"{sys.executable} {file}", "--timeout", timeout) == 2
    printed = capsys.readouterr()
    assert (printed.out, said in printed.err) == ("", True), printed.err


def test_a_program_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert kit("--command", "./no_such_port") == 2
    assert "could not be started: No such file" in capsys.readouterr().err


def test_garbage_of_the_right_length_fails(capsys: pytest.CaptureFixture[str]) -> None:
    echo = f"{sys.executable} -c 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())'"
    assert kit("--command", echo, "--tier", "ulp:1000") == 1


def test_a_program_that_starts_others_is_stopped_with_them(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with pytest.raises(PortError, match="did nothing"):
        Port(["sh", "-c", f"sleep 60 & echo $! > {started}; wait"], 1.0).answer(bytes(4))
    state = Path(f"/proc/{started.read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_port_may_have_all_the_time_in_the_world(ports: Path) -> None:
    assert kit("ports:right", "--timeout", "inf") == 0


def test_streams_are_cut_into_the_same_pieces() -> None:
    pieces = [bytes([i]) * (100_000 * i) for i in range(1, 5)]
    assert list(Port(["cat"], 10.0).stream(pieces)) == pieces


@pytest.mark.parametrize(("port", "code"), [("half", 0), ("wrong", 1)])
def test_exhaustive(port: str, code: int, ports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert kit(f"ports:{port}", "--exhaustive", dtype="float16") == code
    printed = capsys.readouterr().out
    count = load("stdplus", "float16").inputs.size + 2**16
    assert f"{count} arguments: every number of the type, and the test vectors" in printed


def test_exhaustive_finds_what_the_vectors_miss(
    ports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = set(load("stdplus", "bfloat16").inputs.tolist())
    victim = next(bits for bits in range(0x3F80, 0x4100) if bits not in held)
    (ports / "nearly.py").write_text(
        "import ml_dtypes, numpy as np, stdplus_ref\n"
        "def port(x):\n"
        "    y = stdplus_ref.stdplus(x.astype(np.float64)).astype(x.dtype)\n"
        f"    y[x.view(np.uint16) == {victim}] *= ml_dtypes.bfloat16(1.03)\n"
        "    return y\n"
    )
    assert kit("nearly:port", dtype="bfloat16") == 0
    assert kit("nearly:port", "--exhaustive", dtype="bfloat16") == 1
    assert f"at input 0x{victim:04x}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either"),
        (("a:b", "--command", "c"), "give either"),
        (("--command", "c", "--derivative"), "are for Python callables"),
        (("--command", "c", "--device", "cuda:0"), "are for Python callables"),
        (("--command", "  "), "expected a program"),
        (("--command", "c 'd"), "No closing quotation"),
        (("a:b", "--json", "no_such_folder/x.json"), "expected a file in a folder that exists"),
        (("a:b", "--json", "."), "cannot be written"),
        (("a:b", "--plot", "no_such_folder/x.png"), "expected a file in a folder that exists"),
        (("a:b", "--plot", "x.txt"), "expected a name that ends in .png, .svg, .pdf"),
        (("a:b", "--derivative"), "numpy has no autodiff"),
        (("a:b", "--tier", "ulp:0.4"), "expected exact, or ulp:K"),
        (("a:b", "--timeout", "0"), "expected a positive number"),
        (
            ("a:b", "--exhaustive", "--dtype", "float64", "--tier", "ulp:1"),
            "the bit set of float64 is judged at tier exact alone, not at ulp:1",
        ),
        (
            ("a:b", "--derivative", "--framework", "jax", "--function", "inv_stdplus"),
            "the derivative of stdplus, log_stdplus can be judged, not of inv_stdplus",
        ),
    ],
)
def test_wrong_command_lines(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--function", "stdplus", "--dtype", "float32", *arguments])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ports", "--framework", "numpy"), "expected package.module:function"),
        (("no_module:f",), "No module named 'no_module'"),
        (("ports:right", "--device", "cuda:0"), "numpy computes on the cpu"),
    ],
)
def test_targets_that_are_not_there(
    arguments: tuple[str, ...], said: str, ports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kit(*arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_a_missing_framework_says_how_to_install_it(
    framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, framework, None)
    with pytest.raises(PortError, match=f"pip install {framework}"):
        on_bits(abs, FORMATS["float32"], framework)


class TestTorch:
    """Torch callables, in this process."""

    @pytest.fixture(autouse=True)
    def _torch(self) -> None:
        self.torch = pytest.importorskip("torch")

    @pytest.mark.parametrize("dtype", FORMATS)
    def test_values(self, dtype: str) -> None:
        def wrong(x: Any) -> Any:
            assert str(x.dtype) == f"torch.{dtype}"
            return self.torch.exp(x)

        verdict = conformance.check(wrong, "stdplus", dtype, framework="torch")
        at_zero = verdict.results.y[verdict.results.x == 0]
        assert (verdict.exit_code, at_zero.tolist()) == (1, [1.0, 1.0])

    def test_derivative(self) -> None:
        def quadratic(x: Any) -> Any:
            return x * 2**-0.5 + x * x / 4

        verdict = conformance.check(
            quadratic, "stdplus", "float64", "ulp:4", framework="torch", derivative=True
        )
        assert verdict.results.vectors.function == "stdplus_derivative"
        near = np.abs(verdict.results.x) < 1e-9
        want = 2**-0.5 + verdict.results.x[near] / 2
        np.testing.assert_allclose(verdict.results.y[near], want, rtol=1e-15)

    def test_what_cannot_be_run(self) -> None:
        def double(x: Any) -> Any:
            return x.double()

        with pytest.raises(PortError, match="it must return float32, but it returned float64"):
            conformance.check(double, "stdplus", "float32", framework="torch")
        with pytest.raises(PortError, match=r"torch\.Tensor, but it returned a ndarray"):
            conformance.check(lambda x: x.numpy(), "stdplus", "float32", framework="torch")
        with pytest.raises(PortError, match="no device 'nowhere'"):
            on_bits(abs, FORMATS["float32"], "torch", "nowhere")


class TestJax:
    """JAX callables, in this process."""

    @pytest.fixture(autouse=True)
    def _jax(self) -> None:
        self.jax = pytest.importorskip("jax")

    @pytest.mark.parametrize("dtype", FORMATS)
    def test_values(self, dtype: str) -> None:
        verdict = conformance.check(self.jax.jit(self.jax.numpy.exp), "stdplus", dtype,
                                    framework="jax")  # fmt: skip
        at_zero = verdict.results.y[verdict.results.x == 0]
        assert (verdict.exit_code, at_zero.tolist()) == (1, [1.0, 1.0])

    def test_derivative(self) -> None:
        verdict = conformance.check(
            lambda x: x * 2**-0.5 + x * x / 4, "stdplus", "float32", "ulp:4",
            framework="jax", derivative=True,
        )  # fmt: skip
        assert verdict.results.vectors.function == "stdplus_derivative"
        near = np.abs(verdict.results.x) < 1e-9
        np.testing.assert_allclose(verdict.results.y[near], 2**-0.5, rtol=1e-7)

    def test_what_cannot_be_run(self) -> None:
        with pytest.raises(PortError, match="no device 'nowhere'"):
            on_bits(abs, FORMATS["float32"], "jax", "nowhere")


def fence(language: str, number: int = 0) -> str:
    """A fenced block of the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[number]


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler called cc")
def test_the_example_in_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compiled and judged by the very lines that the page shows."""
    source = fence("c")
    assert len(source.splitlines()) == 20
    compiler, judge = fence("sh", 1).splitlines()
    (tmp_path / "my_port.c").write_text(source)
    monkeypatch.chdir(tmp_path)
    warnings = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*compiler.split(), *warnings], check=True)
    assert judge.startswith("python -m stdplus_ref.conformance ")
    assert main(judge.split()[3:]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(fence("text"))
    assert "The strictest tier met here: ulp:0.501." in printed


def test_the_verdict_that_the_page_quotes() -> None:
    from stdplus_ref import algorithm1

    verdict = str(conformance.check(algorithm1.stdplus, "stdplus", "float64", "ulp:2"))
    quoted, said = (
        {text: int(number or 0) for text, number in map(without_misrounded, page.splitlines())}
        for page in (fence("text", 1), verdict)
    )
    assert quoted.keys() <= said.keys()
    # np.exp, and so the last bits of Algorithm 1, differ between processors
    assert all(number == pytest.approx(said[text], rel=0.05) for text, number in quoted.items())


def without_misrounded(line: str) -> tuple[str, str]:
    """A line of a verdict without the number in the column "misrounded", and that number."""
    cells = re.split(" {2,}", line)
    number = cells.pop(2) if len(cells) > 2 and cells[2].isdigit() else ""
    return "  ".join(cells), number


def test_the_python_of_the_page() -> None:
    """As a reader runs it, in a process of its own."""
    command = [sys.executable, "-X", "utf8", "-c", fence("python")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == fence("text", 2)


def test_the_page_names_every_finding_and_flag() -> None:
    from stdplus_ref.conformance import calls, diagnosis, formulas, vectors

    files = [Path(str(module.__file__)) for module in (calls, diagnosis, formulas)]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    named = set(re.findall(r'Finding\(\s*"([^"]+)"', source))
    assert len(named) >= 30
    text = re.sub(r"\s+", " ", PAGE)
    assert [name for name in named | set(vectors.FLAGS) if name not in text] == []


def test_the_other_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main([str(tmp_path / "sets"), "--function", "inv_stdplus"]) == 0
    assert [file.name for file in (tmp_path / "sets").iterdir()] == [
        "umath-validation-set-inv_stdplus.csv"
    ]
    with pytest.raises(SystemExit):
        export.main([str(tmp_path), "--tolerance", "-1"])
    with pytest.raises(SystemExit) as stopped:
        write_vectors(["--help"])
    assert stopped.value.code == 0
