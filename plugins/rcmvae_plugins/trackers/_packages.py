"""Imports the optional package of a tracker, and keeps its output off stdout."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any

from rcmvae_core.errors import Diagnostic, RcmvaeError


def import_package(tracker: str, name: str, settings: Mapping[str, str]) -> Any:
    """Import a package of a tracker.

    Args:
        tracker: the name of the tracker, which is also that of the extra that installs its packages.
        name: the package.
        settings: environment variables that the package reads on import; those that are already set are kept.

    Returns:
        The module.

    Raises:
        RcmvaeError: E309 if it cannot be imported.
    """
    for variable, value in settings.items():
        os.environ.setdefault(variable, value)
    try:
        with stdout_to_stderr():
            return importlib.import_module(name)
    except ImportError as error:
        message = f"tracker `{tracker}` needs the package `{name}`: {error}"
        raise unusable(message, f"pip install 'rcmvae[{tracker}]'") from None


def unusable(message: str, remedy: str) -> RcmvaeError:
    """Build E309, for a tracker that cannot start."""
    return RcmvaeError([Diagnostic("E309", message, help=[remedy, "or remove the tracker from the spec"])])


@contextmanager
def stdout_to_stderr() -> Generator[None]:
    """Redirect what a package prints to stderr, as stdout is for data."""
    with redirect_stdout(sys.stderr):
        yield
