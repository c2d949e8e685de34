"""What XLA raises when a program runs, in words of ours."""

from __future__ import annotations

import re

import jax

from rcmvae_core import distributed
from rcmvae_core.errors import Diagnostic, RunError

_STATUS = re.compile(r"[A-Z_]+: ")
_FULL = "RESOURCE_EXHAUSTED: "


def in_words(error: BaseException) -> RunError | None:
    """A memory that is too small, or a process that is gone; None for any other error.

    Where XLA runs a program at once, it raises a plain ValueError that begins with the status.
    """
    what = (str(error).splitlines() or [""])[0]
    status = isinstance(error, ValueError) and _STATUS.match(what) is not None
    if not status and not isinstance(error, jax.errors.JaxRuntimeError):
        return None
    if _FULL in what:
        message = f"the model does not fit the memory: {what.removeprefix(_FULL)}"
        help_ = (
            "`rcmvae run SPEC --dry-run` shows the shapes; make `latent`, `hidden` or `batch_size` smaller"
        )
        return RunError([Diagnostic("E402", message, help=[help_])])
    return None if distributed.is_alone() else distributed.lost(what)
