"""Translates what XLA raises when a program runs into diagnostics."""

from __future__ import annotations

import logging
import re

import jax

from rcmvae_core.errors import RunError
from rcmvae_core.runtime import distributed
from rcmvae_core.runtime.memory import out_of_memory

_STATUS = re.compile(r"[A-Z_]+: ")


def as_run_error(error: BaseException) -> RunError | None:
    """Return the diagnostic of an error that XLA raised.

    Args:
        error: any exception. Where XLA runs a program at once, it raises a plain `ValueError` whose message begins with
            the status.

    Returns:
        E402 if the memory is too small, E403 if a process is lost, None for any other error.
    """
    full = out_of_memory(error)
    if full is not None:
        return RunError([full])
    message = (str(error).splitlines() or [""])[0]
    has_status = isinstance(error, ValueError) and _STATUS.match(message) is not None
    if not has_status and not isinstance(error, jax.errors.JaxRuntimeError):
        return None
    return None if distributed.is_single_process() else distributed.process_lost(message)


def quiet_callbacks() -> None:
    """Keep JAX from logging the traceback of a host callback that fails: the exception that follows has it too."""
    logging.getLogger("jax._src.callback").setLevel(logging.CRITICAL)
