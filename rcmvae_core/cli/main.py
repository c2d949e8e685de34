"""Provides the command `rcmvae`: parses the arguments of a verb, then runs it.

The module `rcmvae_core.cli.commands.VERB` is light. Its `configure(parser)` declares the arguments, its `check(options)`,
if it has one, finds errors that need no heavy package and stores in `options` what it has resolved, and its
`main(options)` does the work and returns the exit code. Work that needs heavy packages has a module of its own, which is
imported after the check: `parser.set_defaults(action="package.module:function")` names its function.
"""

# This is the one module that imports lazily: `rcmvae --help` must not wait for argparse, nor `validate` for JAX.
# ruff: noqa: PLC0415

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

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
        arguments: the command line without the name of the program (default: that of the process).

    Returns:
        The exit code.
    """
    try:
        code = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()  # a closed pipe must be noticed here: at exit it can no longer be handled
    except BrokenPipeError:
        from rcmvae_core.cli.diagnostics import silence_stdout

        silence_stdout()
        return DONE
    return code


def _dispatch(arguments: list[str]) -> int:
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
        sys.stderr.write(f"error: unknown verb `{arguments[0]}`\n  = help: {hint}\n")
        return WRONG_INPUT
    return _run_verb(arguments[0], arguments[1:])


def _run_verb(verb: str, arguments: list[str]) -> int:
    """Parse the arguments of a verb and run it; print its diagnostics if it fails."""
    # Collecting garbage is a sixth of the time of a command that lives for a fifth of a second.
    gc.disable()
    import argparse

    from rcmvae_core.cli.arguments import HelpFormatter
    from rcmvae_core.cli.diagnostics import print_diagnostics
    from rcmvae_core.errors import RcmvaeError

    command = import_module(f"rcmvae_core.cli.commands.{verb}")
    parser = argparse.ArgumentParser(
        f"rcmvae {verb}", description=command.__doc__, formatter_class=HelpFormatter, allow_abbrev=False
    )
    command.configure(parser)
    help_ = "show the traceback of an error in the code of a plugin"
    parser.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS, help=help_)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return _run_command(command, options)
    except RcmvaeError as error:
        _print_traceback(error.__cause__, options)
        print_diagnostics(error.diagnostics, getattr(options, "format", "text"))
        return error.exit_code
    except Exception as error:
        diagnostic = _failure_of_plugin(error)
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

        traceback.print_exception(error)


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
