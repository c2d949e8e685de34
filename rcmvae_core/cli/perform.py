"""Trains a run for `run`, `resume` and `learn`: joins other processes, handles signals and shows progress."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from contextlib import nullcontext
from typing import NoReturn

import jax

from rcmvae_core.cli import progress
from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.cli.summary import result
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.experiment.events import Event
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.rundir.directory import mark_interrupted
from rcmvae_core.runtime.distributed import ProcessGroup, initialize, is_main_process, is_single_process
from rcmvae_core.runtime.jax_cache import enable_compilation_cache, return_compiler_memory
from rcmvae_core.runtime.signals import EXIT_CODE, StopSignal, raise_on_sigterm
from rcmvae_core.training.loop import Interrupted

_GRACE_SECONDS = 1.0
"""How long the first process waits at its end, so that its answer to the last barrier reaches the others."""


def join_processes(options: argparse.Namespace) -> None:
    """Join the other processes of a distributed run, if there are any; before JAX looks for its devices."""
    if options.coordinator_address is None:
        return
    _redirect_stdout()
    initialize(ProcessGroup(options.coordinator_address, options.num_processes, options.process_id))


def _redirect_stdout() -> None:
    """Send what compiled libraries print, such as connection messages, to stderr; stdout is for data."""
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)


def perform(request: RunRequest, *, as_json: bool) -> int:
    """Train a run, and show its progress.

    Args:
        request: what to train.
        as_json: print each event as a line of JSON.

    Returns:
        The exit code.
    """
    if jax.process_count() > 1:
        _perform_distributed(request, as_json=as_json)
    enable_compilation_cache()
    return_compiler_memory()
    return _perform(request, as_json=as_json)


def _perform(request: RunRequest, *, as_json: bool) -> int:
    raise_on_sigterm()
    hint = f"resume with: rcmvae resume {shlex.quote(str(request.out))}"
    if not is_single_process():
        hint = "resume by starting all processes again with --resume"

    def on_second_signal() -> None:
        if is_main_process():
            mark_interrupted(request.out)
        progress.print_line(hint)

    def on_first_signal() -> None:
        progress.print_line("finishing the step and saving; interrupt again to leave at once")

    listening = progress.listener(as_json=as_json) if is_main_process() else nullcontext(_ignore)
    with listening as listen:
        try:
            with StopSignal(on_first_signal, on_second_signal) as stop:
                finished = run(request, listen, stop)
        except Interrupted:
            progress.print_line(hint)
            return EXIT_CODE
    if is_main_process() and not as_json:
        print(result(finished.summary))
        print(f"report: {finished.report}")
    return 0


def _perform_distributed(request: RunRequest, *, as_json: bool) -> NoReturn:
    """Train as one of several processes, without the compilation cache, because its programs belong to all of them.

    Ends the process at once: at a regular exit JAX waits for processes that have already exited, and then aborts.
    """
    try:
        code = _perform(request, as_json=as_json)
        if is_main_process():
            time.sleep(_GRACE_SECONDS)
    except RcmvaeError as error:
        print_diagnostics(error.diagnostics, "jsonl" if as_json else "text")
        code = error.exit_code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _ignore(event: Event) -> None:
    del event
