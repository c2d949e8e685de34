"""Joins the processes of a distributed run, lets them wait for each other, and reports a process that is lost."""

from __future__ import annotations

from typing import NamedTuple

import jax

from rcmvae_core.errors import Diagnostic, RunError, fail

_HEARTBEAT_SECONDS = 30
_WAIT_SECONDS = 300


class ProcessGroup(NamedTuple):
    """The processes of a distributed run, as `jax.distributed.initialize` takes them.

    Args:
        coordinator_address: `host:port` of process 0, as every process reaches it.
        num_processes: how many processes belong to the run.
        process_id: the number of this process, from 0.
    """

    coordinator_address: str
    num_processes: int
    process_id: int


def initialize(group: ProcessGroup, seconds: int = _WAIT_SECONDS) -> None:
    """Join the other processes; to be called before anything else asks JAX for its devices.

    Args:
        group: the processes of the run.
        seconds: how long to wait for them.

    Raises:
        RunError: E404 if they do not all join in time.
    """
    # Otherwise JAX aborts this process, without a diagnostic, as soon as another one is lost.
    jax.config.update("jax_enable_recoverability", True)  # noqa: FBT003 - positional by its nature
    try:
        jax.distributed.initialize(
            group.coordinator_address,
            group.num_processes,
            group.process_id,
            initialization_timeout=seconds,
            heartbeat_timeout_seconds=_HEARTBEAT_SECONDS,
        )
    except RuntimeError as error:
        reason = _first_line(error) or "JAX gives no reason"
        message = (
            f"process {group.process_id} did not reach the others at `{group.coordinator_address}`: {reason}"
        )
        help_ = [f"start {group.num_processes} processes, each with its own --process-id, within {seconds} s"]
        fail("E404", message, help=help_, error=RunError)


def is_main_process() -> bool:
    """Return whether this process is the one that writes; a single process is."""
    return jax.process_index() == 0


def is_single_process() -> bool:
    """Return whether the run has no other process."""
    return jax.process_count() == 1


def barrier(name: str, seconds: int = _WAIT_SECONDS) -> None:
    """Wait until every process has reached this point.

    Args:
        name: of the point; each name can be used once per run.
        seconds: how long to wait.

    Raises:
        RunError: E403 if a process does not reach it.
    """
    if is_single_process():
        return
    from orbax.checkpoint import multihost  # noqa: PLC0415 - slow, and needed by several processes only

    processes = set(range(jax.process_count()))
    try:
        multihost.sync_global_processes(f"rcmvae/{name}", timeout=seconds, processes=processes)
    except Exception as error:  # noqa: BLE001 - JAX does not export its type
        raise process_lost(f"not every process reached `{name}`: {_first_line(error)}") from None


def process_lost(reason: str) -> RunError:
    """Return the error of a run that has lost a process."""
    help_ = ["start all processes again with --resume: they resume from the last checkpoint"]
    return RunError([Diagnostic("E403", f"a process of this run is lost: {reason}", help=help_)])


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]
