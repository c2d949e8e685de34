"""Finds the Chromium in which pages are tested."""

from __future__ import annotations

import os
import shutil

VARIABLE = "RCMVAE_CHROMIUM"
"""The environment variable that names an executable, which must work then."""


def executable() -> str | None:
    """Return the path of Chromium; None if it is not installed."""
    return os.environ.get(VARIABLE) or shutil.which("chromium") or shutil.which("google-chrome")
