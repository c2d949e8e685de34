"""The command `rcmvae`: a small module a verb, imported only when it is called."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from importlib import import_module

VERBS = {
    "run": "train what a spec describes",
    "resume": "go on with a run that was interrupted",
    "learn": "train on from where a run ended, with the labels as they are now",
    "validate": "check a spec and report every fault",
    "explain": "what a diagnostic's code means, or where a value of a spec comes from",
    "fill": "print a spec with every default written out",
    "diff": "compare two specs after defaults",
    "schema": "print a JSON Schema of specs for editors",
    "new": "write a package of plugins, or a spec, to start from",
    "evaluate": "judge a run's model on its test data, and against foreign inputs",
    "suggest": "which inputs of a run's data to label next",
    "label": "label a run's data, and keep its classes",
    "active": "simulate an annotator, and compare what acquisitions cost in labels",
    "predict": "label inputs with a trained model, and say how sure that is",
    "sample": "pictures that a trained model makes",
    "export": "publish a trained model as files that need no pickle",
    "migrate": "bring a spec's spellings, or the predecessor's YAML flags, up to date",
    "plugins": "list, show, check and diagnose what is installed",
}
STARTED = time.perf_counter()
"""When the process began to work, by `time.perf_counter`."""
DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


def usage() -> str:
    """The text of `rcmvae --help`; written by hand, since argparse costs a third of its time."""
    verbs = "\n".join(f"  {name:<10} {summary}" for name, summary in VERBS.items())
    return (
        "usage: rcmvae VERB ...\n\n"
        "Train and study responsibility-conditioned mixture VAEs.\n\n"
        f"verbs:\n{verbs}\n\n"
        "options:\n  -h, --help     this text; `rcmvae VERB --help` for a verb's own\n  --version      the version\n\n"
        "exit codes: 0 done, 1 failed, 2 wrong input, 130 interrupted\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb.

    Args:
        arguments: instead of those of the process.

    Returns:
        The exit code.
    """
    try:
        code = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()  # here a reader that has gone is noticed; at exit it is too late
    except BrokenPipeError:
        from rcmvae_core.cli.output import quiet_pipe  # noqa: PLC0415

        quiet_pipe()
        return DONE
    return code


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(usage())
        return DONE if words else WRONG_INPUT
    if words[0] == "--version":
        from rcmvae_core.version import __version__  # noqa: PLC0415

        sys.stdout.write(f"rcmvae {__version__}\n")
        return DONE
    if words[0] not in VERBS:
        from difflib import get_close_matches  # noqa: PLC0415

        close = get_close_matches(words[0], VERBS, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "see `rcmvae --help`"
        sys.stderr.write(f"error: there is no verb `{words[0]}`\n  = help: {hint}\n")
        return WRONG_INPUT
    return _call(words[0], words[1:])


def _call(verb: str, words: list[str]) -> int:
    import gc  # noqa: PLC0415

    # A command that lives for a fifth of a second spends a sixth of it looking for garbage; `run` looks again.
    gc.disable()
    import argparse  # noqa: PLC0415

    from rcmvae_core.cli.output import complain  # noqa: PLC0415
    from rcmvae_core.errors import RcmvaeError  # noqa: PLC0415

    module = import_module(f"rcmvae_core.cli.{verb}")
    parser = argparse.ArgumentParser(f"rcmvae {verb}", description=module.__doc__, allow_abbrev=False)
    module.configure(parser)
    try:
        options = parser.parse_args(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return module.main(options)
    except RcmvaeError as error:
        complain(error.diagnostics, getattr(options, "format", "text"))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
