"""Opens pages in headless Chromium, in frames of a given width, and says what is wrong with them.

The pages are served on this machine, so that the program that opens them may look into the frames.
The server puts a listener for errors into each page, and notes what it was asked for and had not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

WIDTHS = (400, 1280)
_SECONDS = 240

_OPENER = """<!doctype html><meta charset="utf-8"><title>opener</title><body><script>
const pages = PAGES, widths = WIDTHS, found = [];
let errors = [];
async function open(page, width) {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:900px;border:0`;
  const loaded = new Promise(done => frame.onload = done);
  frame.src = page;
  document.body.append(frame);
  await loaded;
  await frame.contentDocument.fonts.ready;
  await new Promise(done => setTimeout(done, 50));
  errors.push(...frame.contentWindow.errors);
  const root = frame.contentDocument.documentElement, wide = [];
  if (root.scrollWidth > width)
    for (const e of root.querySelectorAll("body *"))
      if (e.getBoundingClientRect().right > width + 1 && wide.length < 3)
        wide.push(e.outerHTML.slice(0, 120));
  found.push({page, width, needs: root.scrollWidth, wide, errors, text: root.innerText.length});
  errors = [];
  frame.remove();
}
(async () => {
  for (const width of widths) for (const page of pages) await open(page, width);
  await fetch("/found", {method: "POST", body: JSON.stringify(found)});
})();
</script>"""


_LISTENER = """<script>
window.errors = [];
window.addEventListener("error", e => errors.push(e.message || e.target.outerHTML), true);
window.addEventListener("unhandledrejection", e => errors.push(String(e.reason)));
console.error = console.warn = (...words) => errors.push(words.join(" "));
</script>"""


def chromium() -> str:
    """The browser's name, or a skip that says what to install."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    return found or pytest.skip("chromium is not installed (Debian package chromium)")


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder, the opener, and takes its findings."""

    server: _Server

    def do_GET(self) -> None:
        if self.path == "/opener":
            self._answer(self.server.opener.encode())
        elif self.path == "/favicon.ico":
            self._answer(b"")
        elif self.path.endswith(".html") and Path(file := self.translate_path(self.path)).is_file():
            page = Path(file).read_bytes()
            self._answer(page.replace(b"<head>", b"<head>" + _LISTENER.encode(), 1))
        else:
            super().do_GET()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.found = json.loads(self.rfile.read(length))
        self._answer(b"")
        self.server.done.set()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, *args: Any, **kwargs: Any) -> None:
        self.server.missing.append(self.path)
        super().send_error(code, *args, **kwargs)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def __init__(self, folder: Path, opener: str) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
        self.opener = opener
        self.found: list[dict[str, Any]] = []
        self.missing: list[str] = []
        self.done = threading.Event()


@contextmanager
def _serving(folder: Path, opener: str) -> Iterator[_Server]:
    with _Server(folder, opener) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def faults(folder: Path, pages: Sequence[str], widths: Sequence[int] = WIDTHS) -> list[str]:
    """What is wrong with pages of a folder: sideways scroll, console errors, files not there."""
    opener = _OPENER.replace("PAGES", json.dumps([f"/{page}" for page in pages]))
    opener = opener.replace("WIDTHS", json.dumps(list(widths)))
    with (
        _serving(folder, opener) as server,
        # Chromium may still be writing there when it is stopped
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
    ):
        address = f"http://127.0.0.1:{server.server_port}/opener"
        options = (
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--window-size=1400,1000", f"--user-data-dir={profile}/data",
            "--remote-debugging-port=0",
        )  # fmt: skip
        silent = subprocess.DEVNULL
        browser = subprocess.Popen([chromium(), *options, address], stdout=silent, stderr=silent)
        try:
            assert server.done.wait(_SECONDS), "Chromium did not open all pages"
        finally:
            browser.terminate()
            browser.wait()
        assert len(server.found) == len(pages) * len(widths)
        scrolls = [
            f"{f['page']} at {f['width']} px needs {f['needs']} px: {f['wide']}"
            for f in server.found
            if f["needs"] > f["width"]
        ]
        empty = [f"{f['page']} is empty" for f in server.found if not f["text"]]
        console = [f"{f['page']}: {error}" for f in server.found for error in f["errors"]]
        missing = [f"{path} is asked for and not there" for path in server.missing]
        return [*scrolls, *empty, *console, *missing]


def picture(file: Path, out: Path, width: int, height: int = 1200, dark: bool = False) -> None:
    """A picture of the top of a page, to be looked at."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        scheme = ("--blink-settings=preferredColorScheme=0",) if dark else ()
        subprocess.run(
            [
                chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--user-data-dir={profile}", f"--window-size={width},{height}", *scheme,
                f"--screenshot={out}", file.resolve().as_uri(),
            ],
            check=True, capture_output=True,
        )  # fmt: skip
