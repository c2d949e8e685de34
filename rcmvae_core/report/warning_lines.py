"""Splits the warnings of a run, a line each, into code, seeds and message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_LINE = re.compile(r"(?P<code>[EW]\d{3})(?:, seed (?P<seed>-?\d+))?: (?P<message>.*)", re.DOTALL)


class RunWarning(NamedTuple):
    """A warning of a run.

    Args:
        code: such as `W411`; empty if the line has none.
        message: what happened.
        seeds: whose it is; empty if it is about the whole run.
    """

    code: str
    message: str
    seeds: tuple[str, ...]


def group_warnings(lines: Iterable[str]) -> list[RunWarning]:
    """Return the warnings, each once with all of its seeds.

    Example:
        >>> group_warnings(["W411, seed 0: empty", "W411, seed 1: empty"])
        [RunWarning(code='W411', message='empty', seeds=('0', '1'))]
    """
    seeds = dict[tuple[str, str], list[str]]()
    for line in lines:
        match = _LINE.fullmatch(line)
        code, message = (match["code"], match["message"]) if match else ("", line)
        group = seeds.setdefault((code, message), [])
        if match and match["seed"] is not None and match["seed"] not in group:
            group.append(match["seed"])
    return [RunWarning(code, message, tuple(group)) for (code, message), group in seeds.items()]


def seed_words(seeds: Iterable[object]) -> str:
    """Return seeds for a sentence.

    Example:
        >>> seed_words([0]), seed_words([0, 2])
        ('seed 0', 'seeds 0, 2')
    """
    names = [str(seed) for seed in seeds]
    return f"seed{'s' * (len(names) > 1)} {', '.join(names)}"
