"""Serves the page of a run until a signal arrives."""

from __future__ import annotations

import argparse
import gc
import getpass
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

from rcmvae_core.cli.actions.load_run import check_settings
from rcmvae_core.cli.commands.explore import LOOPBACK
from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.cli.progress import bar
from rcmvae_core.cli.streams import flush, print_message, print_result
from rcmvae_core.explore.server.app import build_app
from rcmvae_core.explore.server.security import own_hosts
from rcmvae_core.explore.server.serve import open_socket, serve
from rcmvae_core.explore.workspace import Workspace, open_workspace
from rcmvae_core.runtime.garbage import rare_collections
from rcmvae_core.runtime.jax_cache import enable_compilation_cache
from rcmvae_core.runtime.signals import EXIT_CODE
from rcmvae_core.runtime.xla_errors import quiet_callbacks

_TOKEN_BYTES = 32
_ALL = ("0.0.0.0", "::")  # noqa: S104 - compared with what the user asks for
_OTHERS = """\
note: this page is reachable from other machines.
Everybody who has its URL can read the data and change labels, and what is sent is not encrypted.
It is safer to leave out --host and to reach this machine by `ssh -L {port}:localhost:{port} HOST`."""


def main(options: argparse.Namespace) -> int:
    """Load the run, print the URL, and serve until a signal arrives.

    It ends as by a second signal, since a thread that still serves a request may take minutes.

    Returns:
        The exit code of an interrupted command.

    Raises:
        RcmvaeError: E496 if the port is taken; what loading the run raises.
    """
    check_settings(options.settings)
    enable_compilation_cache()
    quiet_callbacks()
    listener = open_socket(options.host, options.port)  # before the run is loaded, which may take a minute
    port = int(listener.getsockname()[1])
    token = options.token or secrets.token_urlsafe(_TOKEN_BYTES)
    try:
        with _workspace(options) as workspace:
            app = build_app(
                workspace,
                token=token,
                hosts=own_hosts([*_names(options.host, port), *options.allowed_hosts], port),
                read_only=options.read_only,
                frames=options.frames,
            )
            # The collector would visit the objects of the libraries again and again, and stop the page for a moment.
            gc.collect()
            gc.freeze()
            with rare_collections():
                serve(app, listener, lambda: _announce(options, port, token))
    finally:
        listener.close()
    flush()
    signal.raise_signal(signal.SIGINT)
    return EXIT_CODE


@contextmanager
def _workspace(options: argparse.Namespace) -> Generator[Workspace]:
    """Load the run, with a bar, and close it in the end, which ends a training."""
    print_message(f"loading {options.run}")
    with _LoadingBar() as progress:
        workspace = open_workspace(
            options.run,
            seed=options.seed,
            store=options.store,
            annotator=options.annotator or _login(),
            read_only=options.read_only,
            allow_edited=options.allow_edited,
            settings=options.settings,
            warn=lambda diagnostic: print_diagnostics([diagnostic]),
            progress=progress,
        )
    try:
        workspace.session()  # imports and compiles what the first page would wait for
        yield workspace
    finally:
        workspace.close()


class _LoadingBar(ExitStack):
    """A bar that begins with the first inputs that the model was run on."""

    def __init__(self) -> None:
        super().__init__()
        self._advance: Callable[[int], object] | None = None
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        """Show how many inputs are done."""
        if self._advance is None:
            self._advance = self.enter_context(bar("inputs", total))
        self._advance(done - self._done)
        self._done = done


def _announce(options: argparse.Namespace, port: int, token: str) -> None:
    """Print the URL, and open it."""
    host = _shown_host(options.host)
    url = f"http://{host}:{port}/?token={token}"
    if options.host not in LOOPBACK:
        print_message(_OTHERS.format(port=port))
    print_result(url, flush=True)
    print_message("Ctrl-C ends it")
    if not options.no_open and _has_screen():
        threading.Thread(target=_open, args=(url,), name="browser", daemon=True).start()


def _open(url: str) -> None:
    if not webbrowser.open(url):
        print_message("no browser was found: open the URL yourself")


def _has_screen() -> bool:
    """Return whether a browser would have a window: one without would take over the terminal."""
    return sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )


def _names(host: str, port: int) -> list[str]:
    """Return the names by which other machines reach this one; none if only this machine reaches the server."""
    if host in LOOPBACK:
        return []
    names = [socket.gethostname(), socket.getfqdn()] if host in _ALL else [host]
    return [f"{_in_url(name)}:{port}" for name in names]


def _shown_host(host: str) -> str:
    return _in_url(socket.gethostname() if host in _ALL else host)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # in a container the user id may have no name
        return "unknown"
