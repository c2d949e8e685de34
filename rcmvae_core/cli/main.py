"""Provides the command `rcmvae`: parses the arguments of a verb, then runs it.

The module `rcmvae_core.cli.commands.VERB` is light. Its `configure(parser)` declares the arguments, its `check(options)`,
if it has one, finds errors that need no heavy package and stores in `options` what it has resolved, and its
`main(options)` does the work and returns the exit code. Work that needs heavy packages has a module of its own, which is
imported after the check: `parser.set_defaults(action="package.module:function")` names its function.
"""

# This is the one module that imports lazily: `rcmvae --help` must not wait for argparse, nor `validate` for JAX.
# ruff: noqa: PLC0415

from __future__ import annotations

import errno
import gc
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rcmvae_core.cli.streams import Streams, print_message

if TYPE_CHECKING:
    import argparse

    from rcmvae_core.errors import Diagnostic

VERBS = {
    "run": "train the model of a spec",
    "resume": "resume an interrupted run",
    "learn": "train a run again, with the current labels",
    "validate": "check a spec and report every error",
    "explain": "explain a diagnostic code, or where a value of a spec comes from",
    "fill": "print a spec with every default written out",
    "diff": "compare two specs after defaults",
    "schema": "print a JSON Schema of specs for editors",
    "new": "write a package of plugins, or a spec, to start from",
    "evaluate": "evaluate a run's model on its test data and on out-of-distribution inputs",
    "list": "list the runs under a folder",
    "show": "show the results of a run",
    "watch": "follow a run while it is trained",
    "report": "draw the report of a run again",
    "compare": "compare finished runs over seeds, with intervals and tests",
    "explore": "see the latent space of a run in the browser, and label in it",
    "suggest": "suggest which inputs of a run's data to label next",
    "label": "label a run's data and edit its classes",
    "active": "simulate an annotator to compare acquisitions by the labels they need",
    "predict": "predict the labels of inputs, with uncertainty",
    "sample": "generate images with a trained model",
    "export": "export a trained model to files that need no pickle",
    "migrate": "update old names in a spec, or convert the YAML flags of the predecessor",
    "plugins": "list, show, check and diagnose the installed plugins",
}
STARTED = time.perf_counter()
"""When the process started, by `time.perf_counter`."""
_SHOWN = 80
"""Characters of a path that a message shows at most."""
DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


def usage() -> str:
    """Return the text of `rcmvae --help`; written by hand, since argparse takes a third of its time."""
    verbs = "\n".join(f"  {name:<10} {summary}" for name, summary in VERBS.items())
    return (
        "usage: rcmvae VERB ...\n\n"
        "Train and study responsibility-conditioned mixture VAEs.\n\n"
        f"verbs:\n{verbs}\n\n"
        "options:\n  -h, --help  show this help; `rcmvae VERB --help` shows the options of a verb\n"
        "  --version   show the version\n\n"
        "exit codes: 0 done, 1 failed, 2 wrong input, 130 interrupted\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb.

    Args:
        arguments: the command line without the name of the program (default: that of the process, which then lives for
            the command: signals end it as `rcmvae_core.runtime.signals` says).

    Returns:
        The exit code.
    """
    try:
        with Streams(owns_process=arguments is None) as streams:
            code = _dispatch(list(sys.argv[1:] if arguments is None else arguments), streams)
            streams.out.flush()
            return _report_loss(streams, code) if streams.out.is_lost else code
    except KeyboardInterrupt:
        return INTERRUPTED


def _report_loss(streams: Streams, code: int) -> int:
    """Report results that could not be written, and return the exit code."""
    from rcmvae_core.cli.diagnostics import print_diagnostics
    from rcmvae_core.errors import Diagnostic

    reason = getattr(streams.out.error, "strerror", None) or str(streams.out.error)
    message = f"stdout could not be written, so that results are lost: {reason}"
    files = "" if code else "what the command writes to files is complete; "
    help_ = [f"{files}run it again with another stdout"]
    print_diagnostics([Diagnostic("E460", message, help=help_)])
    return code or FAILED


def _dispatch(arguments: list[str], streams: Streams) -> int:
    """Show the help or the version, or run a verb."""
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(usage())
        return DONE if arguments else WRONG_INPUT
    if arguments[0] == "--version":
        from rcmvae_core.version import __version__

        sys.stdout.write(f"rcmvae {__version__}\n")
        return DONE
    if arguments[0] not in VERBS:
        from difflib import get_close_matches

        close = get_close_matches(arguments[0], VERBS, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "see `rcmvae --help`"
        print_message(f"error: unknown verb `{arguments[0]}`\n  = help: {hint}")
        return WRONG_INPUT
    run = _run_interruptible if streams.owns_process else _run_verb
    return run(arguments[0], arguments[1:], streams)


def _run_interruptible(verb: str, arguments: list[str], streams: Streams) -> int:
    """Run a verb that signals end; the work that is done when one arrives keeps its exit code."""
    from rcmvae_core.runtime.signals import InterruptSignal

    with InterruptSignal() as interrupted:
        try:
            code = _run_verb(verb, arguments, streams)
            streams.out.flush()
        except Exception:
            if not interrupted():  # libraries turn `KeyboardInterrupt` into errors of their own
                raise
            code = INTERRUPTED
        except KeyboardInterrupt:
            code = INTERRUPTED
        code = INTERRUPTED if interrupted() else code
        interrupted.finish(code)
    return code


def _run_verb(verb: str, arguments: list[str], streams: Streams) -> int:
    """Parse the arguments of a verb and run it; print its diagnostics if it fails.

    Args:
        verb: one of `VERBS`.
        arguments: those after the verb.
        streams: the streams of the process.

    Returns:
        The exit code.
    """
    # Collecting garbage is a sixth of the time of a command that lives for a fifth of a second.
    gc.disable()
    import argparse

    from rcmvae_core.cli.arguments import HelpFormatter, Parser
    from rcmvae_core.cli.diagnostics import print_diagnostics
    from rcmvae_core.errors import RcmvaeError
    from rcmvae_core.runtime.memory import out_of_memory

    command = import_module(f"rcmvae_core.cli.commands.{verb}")
    parser = Parser(
        f"rcmvae {verb}", description=command.__doc__, formatter_class=HelpFormatter, allow_abbrev=False
    )
    command.configure(parser)
    help_ = "show the traceback of an error in the code of a plugin"
    parser.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS, help=help_)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    streams.reserve_stdout()
    try:
        return _run_command(command, options)
    except RcmvaeError as error:
        _print_traceback(error.__cause__, options)
        print_diagnostics(error.diagnostics, getattr(options, "format", "text"))
        return error.exit_code
    except Exception as error:
        if (refused := _refused_path(error)) is not None:
            print_diagnostics([refused], getattr(options, "format", "text"))
            return WRONG_INPUT
        diagnostic = out_of_memory(error) or _failure_of_plugin(error)
        if diagnostic is None:
            raise
        _print_traceback(error, options)
        print_diagnostics([diagnostic], getattr(options, "format", "text"))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _print_traceback(error: BaseException | None, options: argparse.Namespace) -> None:
    """Print the traceback of an error with `--verbose`."""
    if error is not None and getattr(options, "verbose", False):
        import traceback

        print_message("".join(traceback.format_exception(error)), end="")


def _refused_path(error: Exception) -> Diagnostic | None:
    """Return the diagnostic of a path that the system refuses whatever it is used for; None for another error."""
    if not isinstance(error, OSError) or error.errno not in (errno.ENAMETOOLONG, errno.ELOOP):
        return None
    from rcmvae_core.errors import Diagnostic

    shown = str(error.filename)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return Diagnostic("E461", f"`{shown}` cannot be a path: {error.strerror}", help=["give another path"])


def _failure_of_plugin(error: Exception) -> Diagnostic | None:
    """Return the diagnostic of an error that code of a plugin raised; None for one of our own."""
    from rcmvae_core.plugin.discovery import discover
    from rcmvae_core.plugin.failures import failure_of_code

    return failure_of_code(error, discover())


def _run_command(command: Any, options: argparse.Namespace) -> int:
    """Check the arguments, then run the action that they name, or else the command's own `main`."""
    if hasattr(command, "check"):
        command.check(options)
    path: str | None = getattr(options, "action", None)
    if path is None:
        return command.main(options)
    from rcmvae_core.plugin.declaration import load_object

    action = load_object(path)
    gc.enable()  # only now, because imports are faster without it
    return action(options)
