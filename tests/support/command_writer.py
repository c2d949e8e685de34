"""Writes the pages of the command line: `docs/commands.md` from its parsers, `docs/codes.md` from the pages of codes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module

from rcmvae_core.cli import manual
from rcmvae_core.cli.main import VERBS
from tests.support.reference_writer import prose, table

_MADE = "<!-- Made from the command line: see tests/structure/test_commands.py. -->\n"
_COMMANDS = """# Commands

Every verb of `rcmvae`, with its arguments. `rcmvae VERB --help` prints the same. Results go to stdout, and messages and
progress to stderr. The exit code is 0 if the work is done, 1 if it failed, 2 for wrong input, and 130 after an
interruption.
"""
_CODES = """# Codes of errors and warnings

Every diagnostic has a code that keeps its meaning. `rcmvae explain CODE` prints the page of a code, with a wrong example
and a right one; packages of others may add codes of their own.
"""
_GROUPS = {
    "E1": "Files and the command line",
    "E2": "Specs and plugins",
    "E3": "Data and run directories",
    "E4": "Runs and trained models",
    "E5": "The machine",
    "E6": "Labels",
    "W": "Warnings",
}


def commands() -> str:
    """Return the page of the commands: a section per verb, and one per action of a verb that has actions."""
    rows = ((f"[`{verb}`](#{verb})", summary) for verb, summary in VERBS.items())
    return "\n".join([_MADE + _COMMANDS, table(("verb", "what it does"), rows), *_verbs()])


def codes() -> str:
    """Return the page of the codes of the core: a line each, in groups."""

    def rows(group: str) -> Iterator[tuple[str, str]]:
        return ((code, manual.title(manual.page(code))) for code in manual.codes() if code.startswith(group))

    groups = (f"## {name}\n\n{table(('code', 'what it means'), rows(key))}" for key, name in _GROUPS.items())
    return "\n".join([_MADE + _CODES, *groups])


def parser_of(verb: str) -> argparse.ArgumentParser:
    """Return the parser of a verb, with its description."""
    command = import_module(f"rcmvae_core.cli.commands.{verb}")
    parser = argparse.ArgumentParser(f"rcmvae {verb}", description=command.__doc__)
    command.configure(parser)
    return parser


def actions_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each action of a verb, such as those of `rcmvae label`."""
    nested = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return {name: child for each in nested for name, child in each.choices.items()}


def arguments_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the arguments of a verb that its help shows, but `--help`, in the order of the help."""
    hidden = (argparse._HelpAction, argparse._SubParsersAction)
    shown = [
        each
        for each in parser._actions
        if not isinstance(each, hidden) and each.help is not argparse.SUPPRESS
    ]
    return sorted(shown, key=lambda each: bool(each.option_strings))


def spelling(action: argparse.Action) -> str:
    """Return how an argument is written, such as `--epochs N` or `RUN`."""
    if action.nargs == 0:
        return ", ".join(action.option_strings)
    value = action.metavar or "|".join(map(str, action.choices or [action.dest.upper().replace("_", "-")]))
    value = " ".join(value) if isinstance(value, tuple) else value
    value += "..." if action.nargs in ("*", "+") else ""
    name = ", ".join(action.option_strings)
    return f"{name} {value}" if name else f"[{value}]" if action.nargs in ("*", "?") else value


def _verbs() -> Iterator[str]:
    for verb in VERBS:
        parser = parser_of(verb)
        yield f"## {verb}\n\n{prose(' '.join((parser.description or '').split()))}\n"
        yield from _arguments(parser)
        for name, child in actions_of(parser).items():
            summary = prose(child.description or _summaries(parser)[name])
            yield f"### {verb} {name}\n\n{summary[0].upper()}{summary[1:].rstrip('.')}.\n"
            yield from _arguments(child)


def _summaries(parser: argparse.ArgumentParser) -> dict[str, str]:
    nested = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return {choice.dest: choice.help or "" for each in nested for choice in each._choices_actions}


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    formatter = parser._get_formatter()
    rows = [(f"`{spelling(each)}`", formatter._expand_help(each)) for each in arguments_of(parser)]
    if rows:
        yield table(("argument", "what it is"), rows)
