"""Explore a run in the browser: see its latent space, label in it, and watch the model follow.

It serves one page on this machine and prints its URL, which has a token: everybody who knows it is let in. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from rcmvae_core.cli.run_arguments import (
    add_allow_edited,
    add_analysis,
    add_run,
    add_seed,
    add_store,
    require_run,
)
from rcmvae_core.errors import fail
from rcmvae_core.runtime.user_files import read_file

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LAST_PORT = 65535
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")
_ORIGIN = re.compile(r"\*|[a-z-]{1,40}:|https?://[A-Za-z0-9.\[\]:-]{1,250}")
_HOST = re.compile(r"[A-Za-z0-9.\[\]:-]{1,250}")
_MOST_BYTES = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_allow_edited(parser)
    parser.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help="the port (default: the first free one from 8765; 0: any free one)",
    )
    parser.add_argument("--no-open", action="store_true", help="print the URL and open no browser")
    parser.add_argument(
        "--read-only", action="store_true", help="refuse labels, training and every other change"
    )
    parser.add_argument(
        "--annotator", metavar="NAME", help="the name of the annotator (default: the login name)"
    )
    add_store(parser)
    parser.add_argument(
        "--host",
        type=_host,
        default=LOOPBACK[0],
        metavar="ADDRESS",
        help="the address to listen to (default: 127.0.0.1, which only this machine reaches)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        type=_host,
        default=[],
        dest="allowed_hosts",
        metavar="NAME",
        help="a further name of this server, such as that of a proxy before it; can be repeated",
    )
    parser.add_argument(
        "--allow-frame",
        action="append",
        type=_origin,
        default=[],
        dest="frames",
        metavar="ORIGIN",
        help="let pages of this origin, such as http://localhost:8888, show the page in a frame, at http://HOST:PORT/TOKEN/; "
        "can be repeated",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="read the token from a file, so that the URL stays the same (default: a new token each time)",
    )
    add_seed(parser)
    add_analysis(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.explore:main")


def check(options: argparse.Namespace) -> None:
    """Check the run directory, and read the token.

    Raises:
        RcmvaeError: E410 if it is not a run directory; E497 if the file has no token.
    """
    require_run(options.run)
    options.token = None if options.token_file is None else _read_token(options.token_file)


def _read_token(path: Path) -> str:
    help_ = ["write 16 to 200 letters, digits, `-` and `_` into it"]
    try:
        text = read_file(path, _MOST_BYTES).decode("ascii", "replace").strip()
    except (OSError, ValueError) as error:
        fail("E497", f"the token cannot be read: {getattr(error, 'strerror', None) or error}", help=help_)
    if not _TOKEN.fullmatch(text):
        fail("E497", f"`{path.name}` has no token that can stand in a URL", help=help_)
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > _LAST_PORT:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"expected a port from 0 to {_LAST_PORT}, got {text[:40]}")
    return int(text)


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise argparse.ArgumentTypeError(f"expected a name or an address, got {text[:40]}")
    return text


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"expected an origin such as http://localhost:8888, got {text[:40]}")
    return text
