"""Serves the page of a run from a notebook, and shows it in a frame below the cell."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from jaxtyping import Int

from rcmvae_core.errors import RunError, fail
from rcmvae_core.report.html import element

SELECTION = "page"
"""The name under which the page keeps what is selected in it."""
_FRAMES = ("*", "vscode-webview:")
"""Pages that may show this one: any, because they need the token, and that of an editor, which has a scheme of its own."""
_SECONDS = 10


class ExplorePage:
    """The page of a run, served by a process of its own until it is closed or this one ends.

    It is a frame and no widget: the page is the same program as in the browser, and its server keeps running while the kernel
    is busy.

    Args:
        run: the run directory.
        height: of the frame, in CSS pixels.
        read_only: whether labels and training are refused.

    Raises:
        RunError: E499 if the page cannot be served; the message is that of `rcmvae explore`.
    """

    def __init__(self, run: Path, *, height: int = 900, read_only: bool = False) -> None:
        frames = [word for frame in _FRAMES for word in ("--allow-frame", frame)]
        words = ["explore", str(run), "--no-open", *frames, *(["--read-only"] if read_only else [])]
        command = [sys.executable, "-m", "rcmvae_core", *words]
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - a pipe that nobody reads would stop the server
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        atexit.register(self.close)
        self.url = self._read_url()
        self._height = height

    def _read_url(self) -> str:
        line = self._process.stdout.readline().strip() if self._process.stdout else ""
        if line:
            return line
        self._errors.seek(0)
        errors = self._errors.read()
        self.close()
        first = next((each for each in errors.splitlines() if "error[" in each), errors.strip()[-300:])
        fail("E499", f"the page cannot be served: {first}", help=["run `rcmvae explore RUN`"], error=RunError)

    @property
    def _address(self) -> tuple[str, str]:
        """The address without the token, and the token."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}", parse_qs(parts.query)["token"][0]

    def selection(self) -> Int[np.ndarray, " n"]:
        """Return the indices of the inputs that are selected on the page, ascending; none before the first selection.

        Raises:
            RunError: E499 if the page is closed.
        """
        address, token = self._address
        request = urllib.request.Request(  # noqa: S310 - an address of this machine
            f"{address}/api/v1/selections/{SELECTION}", headers={"Authorization": f"Bearer {token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as reply:  # noqa: S310 - as above
                return np.array(json.load(reply)["indices"], np.int64)
        except urllib.error.HTTPError as error:
            error.close()
            return np.empty(0, np.int64)
        except OSError as error:
            reason = getattr(error, "reason", error)
            fail("E499", f"the page is not served: {reason}", help=["call `model.explore()`"], error=RunError)

    def close(self) -> None:
        """End the server; labels are in the store."""
        atexit.unregister(self.close)
        self._process.terminate()
        self._process.wait()
        for file in (self._process.stdout, self._errors):
            if file is not None:
                file.close()

    def __enter__(self) -> ExplorePage:  # noqa: PYI034 - under test `Self` is refused outside decorated classes
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        address, token = self._address
        frame = element(
            "iframe",
            src=f"{address}/{token}/",
            title="Explore the run",
            width="100%",
            height=str(self._height),
            allow="clipboard-write",
            style="border: 1px solid #8884; border-radius: 6px",
        )
        link = element(
            "a", "Open the page in a tab of its own", href=self.url, target="_blank", rel="noopener"
        )
        # A notebook may ask for the type `str` itself, as marimo does.
        return str(element("div", frame, element("p", link)))
