"""Finds out before training whether the server of a tracker answers."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from rcmvae_plugins.trackers._packages import unusable

SECONDS = 5.0
"""How long a server may take to answer."""
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


def require_answer(tracker: str, uri: str, help_: str) -> None:
    """Check that the server behind a URI answers, with whatever status; other URIs are of files.

    The clients of the services try again for minutes.

    Args:
        tracker: the name of the tracker.
        uri: of a web server or a database.
        help_: how to do without the server.

    Raises:
        RcmvaeError: E309 if there is no answer within `SECONDS`.
    """
    try:
        scheme = urlsplit(uri).scheme.partition("+")[0]
    except ValueError as error:
        raise unusable(f"tracker `{tracker}`: `{uri}` is no address: {error}", help_) from None
    check = _answers if scheme in ("http", "https") else _connects if scheme in _PORTS else None
    if check is None:
        return
    reason = _in_time(lambda: check(uri))
    if reason is not None:
        raise unusable(f"tracker `{tracker}`: `{_without_password(uri)}` does not answer: {reason}", help_)


def _answers(uri: str) -> None:
    try:
        with urlopen(Request(uri, method="HEAD"), timeout=SECONDS):  # noqa: S310 - the scheme is checked
            pass
    except HTTPError as error:  # an answer
        error.close()


def _connects(uri: str) -> None:
    parts = urlsplit(uri)
    port = parts.port or _PORTS[parts.scheme.partition("+")[0]]
    with socket.create_connection((parts.hostname or "localhost", port), SECONDS):
        pass


def _in_time(check: Callable[[], None]) -> str | None:
    """Return why there is no answer; None if there is one. Resolving a name has no timeout of its own."""
    reasons = [f"nothing within {SECONDS:g} s"]

    def run() -> None:
        try:
            check()
        except URLError as error:
            if isinstance(error.reason, ssl.SSLError):  # an answer; the client may accept its certificate
                reasons.clear()
            else:
                reasons[0] = str(error.reason)
        except (OSError, ValueError) as error:  # ValueError for a port that is no number
            reasons[0] = str(error)
        else:
            reasons.clear()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS + 1)
    return reasons[0] if reasons else None


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    return uri.replace(parts.netloc, parts.netloc.rpartition("@")[2])
