"""Writes questions to stderr, where no spec goes, and reads the answers."""

from __future__ import annotations

from rcmvae_core.cli.streams import print_message
from rcmvae_core.errors import fail

_MAX_DIGITS = 18


def print_question(text: str) -> None:
    """Print lines to stderr."""
    print_message(text)


def read_answer(prompt: str) -> str:
    """Print a prompt to stderr, and read a line.

    Raises:
        RcmvaeError: E110 if there is none.
    """
    # Not as the prompt of `input`: unless stdin and stdout are terminals it goes to stdout, where the spec goes.
    print_message(prompt, end="")
    try:
        return input()
    except EOFError:
        print_message("")
        help_ = ["answer every question, or give options: see `rcmvae new spec --help`"]
        fail("E110", "the answers ended before the spec was complete", help=help_)


def parse_number(answer: str) -> int | None:
    """Return the number that an answer is; None if it is none."""
    return int(answer) if answer.isdecimal() and len(answer) <= _MAX_DIGITS else None
