"""Trains a run for `run`, `resume` and `learn`: joins other processes, handles signals and shows progress."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import attrs
import jax

from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.cli.progress import listener
from rcmvae_core.cli.results import finished_lines
from rcmvae_core.cli.streams import flush, print_message, print_result
from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.experiment.events import ignore_event
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.rundir.directory import mark_interrupted
from rcmvae_core.rundir.records import METRICS
from rcmvae_core.runtime.distributed import ProcessGroup, initialize, is_main_process, is_single_process
from rcmvae_core.runtime.garbage import rare_collections
from rcmvae_core.runtime.jax_cache import enable_compilation_cache, return_compiler_memory
from rcmvae_core.runtime.signals import EXIT_CODE, StopSignal
from rcmvae_core.runtime.xla_errors import quiet_callbacks
from rcmvae_core.training.loop import Interrupted

_GRACE_SECONDS = 1.0
"""How long the first process waits at its end, so that its answer to the last barrier reaches the others."""


def join_processes(options: argparse.Namespace) -> None:
    """Join the other processes of a distributed run, if there are any; before JAX initializes its devices."""
    if options.coordinator_address is None:
        return
    initialize(ProcessGroup(options.coordinator_address, options.num_processes, options.process_id))


def train(request: RunRequest, format_: str) -> int:
    """Train a run, and show its progress.

    Args:
        request: what to train.
        format_: of the events: `text`, `jsonl` or `github`.

    Returns:
        The exit code.
    """
    if jax.process_count() > 1:
        _train_distributed(request, format_)
    enable_compilation_cache()
    quiet_callbacks()
    return_compiler_memory()
    with rare_collections():
        return _train(request, format_)


def _train(request: RunRequest, format_: str) -> int:
    hint = f"resume with: rcmvae resume {shlex.quote(str(request.out))}"
    if not is_single_process():
        hint = "resume by starting all processes again with --resume"

    def on_first_signal() -> None:
        print_message("finishing the step and saving; interrupt again to leave at once")

    def on_second_signal() -> None:
        if is_main_process():
            mark_interrupted(request.out)
        print_message(hint)

    with listener(format_) if is_main_process() else nullcontext(ignore_event) as listen:
        try:
            with StopSignal(on_first_signal, on_second_signal) as stop:
                finished = run(request, listen, stop)
        except Interrupted:
            print_message(hint)
            return EXIT_CODE
        except RcmvaeError as error:
            raise _with_report(error, request.out) from None
    if is_main_process() and format_ != "jsonl":
        print_result("\n".join(finished_lines(finished.summary, request.out)))
    return 0


def _with_report(error: RcmvaeError, run: Path) -> RcmvaeError:
    """Return an error that says how to see what happened before it, if any epoch was finished."""
    metrics = run / METRICS
    if not isinstance(error, RunError) or not metrics.is_file() or not metrics.stat().st_size:
        return error
    *others, last = error.diagnostics
    help_ = (*last.help, f"what happened until then: rcmvae report {shlex.quote(str(run))}")
    return RunError([*others, attrs.evolve(last, help=help_)])


def _train_distributed(request: RunRequest, format_: str) -> NoReturn:
    """Train as one of several processes, without the compilation cache, because its programs belong to all of them.

    Ends the process at once: at a regular exit JAX waits for processes that have already exited, and then aborts.
    """
    try:
        code = _train(request, format_)
        if is_main_process():
            time.sleep(_GRACE_SECONDS)
    except RcmvaeError as error:
        print_diagnostics(error.diagnostics, format_)
        code = error.exit_code
    flush()
    os._exit(code)
