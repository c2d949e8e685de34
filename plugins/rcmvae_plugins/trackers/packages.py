"""A service's package: it may be absent, it talks, and it reports home."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any

from rcmvae_core.errors import Diagnostic, RcmvaeError


def package(tracker: str, name: str, settings: Mapping[str, str]) -> Any:
    """Import a package of a tracker.

    Args:
        tracker: the tracker's name, and that of the extra that installs what it needs.
        name: the package.
        settings: environment variables that it reads while it is imported; what the user set stands.

    Raises:
        RcmvaeError: E309 if it cannot be imported.
    """
    for variable, value in settings.items():
        os.environ.setdefault(variable, value)
    try:
        with apart():
            return importlib.import_module(name)
    except ImportError as error:
        message = f"tracker `{tracker}` needs the package `{name}`: {error}"
        raise unusable(message, f"pip install 'rcmvae[{tracker}]'") from None


def unusable(message: str, remedy: str) -> RcmvaeError:
    """A tracker that cannot begin, and that its user can mend."""
    return RcmvaeError([Diagnostic("E309", message, help=[remedy, "or take the tracker out of the spec"])])


@contextmanager
def apart() -> Generator[None]:
    """Whatever a service prints goes to stderr: stdout is for data."""
    with redirect_stdout(sys.stderr):
        yield
