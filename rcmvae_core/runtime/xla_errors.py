"""Translates what XLA raises when a program runs into diagnostics."""

from __future__ import annotations

import logging
import re

import jax

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.runtime import distributed

_STATUS = re.compile(r"[A-Z_]+: ")
_OUT_OF_MEMORY = "RESOURCE_EXHAUSTED: "


def as_run_error(error: BaseException) -> RunError | None:
    """Return the diagnostic of an error that XLA raised.

    Args:
        error: any exception. Where XLA runs a program at once, it raises a plain `ValueError` whose message begins with
            the status.

    Returns:
        E402 if the memory is too small, E403 if a process is lost, None for any other error.
    """
    message = (str(error).splitlines() or [""])[0]
    has_status = isinstance(error, ValueError) and _STATUS.match(message) is not None
    if not has_status and not isinstance(error, jax.errors.JaxRuntimeError):
        return None
    if _OUT_OF_MEMORY in message:
        text = f"the model does not fit the memory: {message.removeprefix(_OUT_OF_MEMORY)}"
        help_ = (
            "`rcmvae run SPEC --dry-run` shows the shapes; make `latent`, `hidden` or `batch_size` smaller"
        )
        return RunError([Diagnostic("E402", text, help=[help_])])
    return None if distributed.is_single_process() else distributed.process_lost(message)


def quiet_callbacks() -> None:
    """Keep JAX from logging the traceback of a host callback that fails: the exception that follows has it too."""
    logging.getLogger("jax._src.callback").setLevel(logging.CRITICAL)
