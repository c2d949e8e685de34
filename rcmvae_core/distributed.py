"""Several processes that train one model: they find each other, wait for each other, and notice a loss."""

from __future__ import annotations

from typing import NamedTuple

import jax
from orbax.checkpoint import multihost

from rcmvae_core.errors import Diagnostic, RunError

_HEARTBEAT_SECONDS = 30
_WAIT_SECONDS = 300


class Team(NamedTuple):
    """Who belongs to a run.

    Args:
        address: `host:port` of the first process, as every process reaches it.
        processes: how many there are.
        process: the number of this one, from 0.
    """

    address: str
    processes: int
    process: int


def join(team: Team, seconds: int = _WAIT_SECONDS) -> None:
    """Meet the other processes; before anything else asks JAX for its devices.

    Args:
        team: who belongs to the run.
        seconds: how long to wait for them.

    Raises:
        RunError: E404 if they do not all come.
    """
    # Else JAX aborts this process, without a word of ours, as soon as it hears that another one is gone.
    jax.config.update("jax_enable_recoverability", True)  # noqa: FBT003 - positional by its nature
    try:
        jax.distributed.initialize(
            team.address,
            team.processes,
            team.process,
            initialization_timeout=seconds,
            heartbeat_timeout_seconds=_HEARTBEAT_SECONDS,
        )
    except RuntimeError as error:
        reason = (str(error).splitlines() or ["no reason given"])[0]
        message = f"process {team.process} did not meet the others at `{team.address}`: {reason}"
        help_ = [f"start {team.processes} processes, each with its own --process, within {seconds} s"]
        raise RunError([Diagnostic("E404", message, help=help_)]) from None


def is_first() -> bool:
    """Whether this process is the one that writes; always so where there is only one."""
    return jax.process_index() == 0


def is_alone() -> bool:
    """Whether no other process takes part."""
    return jax.process_count() == 1


def barrier(name: str, seconds: int = _WAIT_SECONDS) -> None:
    """Wait until every process is here; a name is used once a run.

    Raises:
        RunError: E403 if one of them does not come.
    """
    if is_alone():
        return
    everyone = set(range(jax.process_count()))
    try:
        multihost.sync_global_processes(f"rcmvae/{name}", timeout=seconds, processes=everyone)
    except Exception as error:  # noqa: BLE001 - of a type that JAX keeps to itself
        raise lost(f"no process may be missing at `{name}`: {_first_line(error)}") from None


def lost(what: str) -> RunError:
    """The diagnostic of a process that is gone."""
    help_ = ["start all processes again with --resume: they go on from the last checkpoint"]
    return RunError([Diagnostic("E403", f"a process of this run is lost: {what}", help=help_)])


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]
