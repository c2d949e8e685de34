"""What `run` and `resume` do once they know what: join the other processes, attend to signals, train, tell."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NoReturn

from rcmvae_core.cli.output import complain
from rcmvae_core.errors import Diagnostic, RcmvaeError

if TYPE_CHECKING:
    from rcmvae_core.events import Event
    from rcmvae_core.experiment import Request

_GRACE_SECONDS = 1.0
"""How long the first process stays, so that the answer to the last barrier reaches the others."""


def add_team(parser: argparse.ArgumentParser) -> None:
    """Arguments that make this process one of several; they go together."""
    group = parser.add_argument_group("several processes, each with a number of its own")
    group.add_argument("--distributed", metavar="HOST:PORT", help="where the first process is")
    group.add_argument("--processes", type=int, metavar="N", help="how many there are")
    group.add_argument("--process", type=int, metavar="I", help="the number of this one, from 0")


def meet(options: argparse.Namespace) -> None:
    """Join the other processes, if there are any."""
    given = (options.distributed, options.processes, options.process)
    if all(value is None for value in given):
        return
    if None in given or not 0 <= options.process < options.processes:
        message = "`--distributed`, `--processes` and `--process` go together, and processes count from 0"
        raise RcmvaeError([Diagnostic("E404", message, help=["see `rcmvae explain E404`"])])
    from rcmvae_core.distributed import Team, join  # noqa: PLC0415

    _keep_stdout()
    join(Team(*given))


def _keep_stdout() -> None:
    """What compiled libraries print, such as how they found each other, goes to stderr; stdout is for data."""
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)


def perform(request: Request, *, as_json: bool) -> int:
    """Run, with signals attended to and progress shown.

    Args:
        request: what to run.
        as_json: print events as lines of JSON.

    Returns:
        The exit code.
    """
    import jax  # noqa: PLC0415

    from rcmvae_core.compilation import return_memory, use_cache  # noqa: PLC0415

    if jax.process_count() > 1:
        _perform_in_a_team(request, as_json=as_json)
    use_cache()
    return_memory()
    return _perform(request, as_json=as_json)


def _perform(request: Request, *, as_json: bool) -> int:
    from rcmvae_core.cli import progress  # noqa: PLC0415
    from rcmvae_core.distributed import is_alone, is_first  # noqa: PLC0415
    from rcmvae_core.experiment import run  # noqa: PLC0415
    from rcmvae_core.interruption import EXIT_CODE, Interruption, raise_on_sigterm  # noqa: PLC0415
    from rcmvae_core.rundir import mark_interrupted  # noqa: PLC0415
    from rcmvae_core.training.loop import Interrupted  # noqa: PLC0415

    raise_on_sigterm()
    how = f"resume with: rcmvae resume {shlex.quote(str(request.out))}"
    if not is_alone():
        how = "resume by starting all processes again with --resume"

    def leave() -> None:
        if is_first():
            mark_interrupted(request.out)
        progress.say(how)

    def ask() -> None:
        progress.say("finishing the step and saving; interrupt again to leave at once")

    shown = progress.listener(as_json=as_json) if is_first() else nullcontext(_silent)
    with shown as listen:
        try:
            with Interruption(ask, leave) as interruption:
                finished = run(request, listen, interruption)
        except Interrupted:
            progress.say(how)
            return EXIT_CODE
    if is_first() and not as_json:
        print(result(finished.summary))
        print(f"report: {finished.report}")
    return 0


def _perform_in_a_team(request: Request, *, as_json: bool) -> NoReturn:
    """The same as one of several processes, whose compiled programs belong to them all, and are not kept.

    It ends at once: at a regular exit JAX waits for processes that are gone, and then aborts.
    """
    from rcmvae_core.distributed import is_first  # noqa: PLC0415

    try:
        code = _perform(request, as_json=as_json)
        if is_first():
            time.sleep(_GRACE_SECONDS)
    except RcmvaeError as error:
        complain(error.diagnostics)
        code = error.exit_code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _silent(event: Event) -> None:
    del event


def result(summary: dict[str, Any]) -> str:
    """The figures that a run ends with."""
    mean, std = summary["mean"], summary["std"]
    many = len(summary["seeds"]) > 1
    name = "accuracy" if "accuracy" in mean["test"] else "elbo"
    spread = f" ± {std['test'][name]:.4f} over {len(summary['seeds'])} seeds" if many else ""
    validation = f"validation {name} {mean['validation'][name]:.4f}" if name in mean["validation"] else ""
    return f"test {name} {mean['test'][name]:.4f}{spread}, {validation}, {summary['labels']} labels"
