"""Writes the page of results: for each question what was asked, fixed, found and not shown."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.report.comparison.compare import Comparison
from rcmvae_core.report.comparison.tables import as_markdown
from tests.benchmarks.experiments.questions import Question
from tests.benchmarks.experiments.rules import Finding


class Answered(NamedTuple):
    """A question with what its runs gave.

    Args:
        question: the question.
        comparison: of its runs.
        findings: by the rules of the question.
        commands: that trained them, without `rcmvae`.
        locks: the hash of the lock file of each run, by the name of the run.
    """

    question: Question
    comparison: Comparison
    findings: Sequence[Finding]
    commands: Sequence[Sequence[str]]
    locks: dict[str, str]


def page(made_by: Sequence[str], size: str, answers: Sequence[Answered], missing: Sequence[str] = ()) -> str:
    """Return the page.

    Args:
        made_by: the words of the command that made it.
        size: of data and training, in a sentence.
        answers: in the order of the page.
        missing: specs that were not run.
    """
    head = [
        "# Results of the experiments",
        "",
        "What `experiments/` asks, and what came out. Rules of decision were written down before any result was seen, in",
        "`tests/benchmarks/experiments/questions.py`. This page is written by a command; its numbers are those of runs that",
        "were made, and are not edited:",
        "",
        "```sh",
        *_broken(made_by),
        "```",
        "",
        *wrapped(size),
        "",
        "Tables are those of [`rcmvae compare`](comparing.md): mean over seeds ± standard deviation [95% interval], and paired",
        "differences from the first group. An interval that contains 0, or too few seeds, decides nothing: *undecided*.",
    ]
    if missing:
        head += ["", *wrapped(f"Not run yet: {', '.join(f'`{spec}`' for spec in dict.fromkeys(missing))}.")]
    return "\n".join([*head, *(line for answer in answers for line in ["", section(answer)])]) + "\n"


def section(answer: Answered) -> str:
    """Return the section of a question."""
    question = answer.question
    table = as_markdown(answer.comparison).replace("\n## ", "\n### ")
    lines = [
        f"## {question.number}. {question.title}",
        "",
        *wrapped(f"**Question.** {question.asked}"),
        "",
        *wrapped(f"**Fixed beforehand.** {question.criterion}"),
        "",
        table.replace("## ", "### ", 1) if table.startswith("## ") else table,
        "",
        "### Answer" if answer.findings else "",
        "",
        "| statement | answer | numbers |",
        "| --- | --- | --- |",
        *(f"| {f.statement} | {f.answer} | {f.reason} |" for f in answer.findings),
        "",
        *wrapped(f"**Not shown.** {question.limits}"),
        "",
        "Commands, and the hash of the lock file of each run:",
        "",
        "```sh",
        *(line for command in answer.commands for line in _broken(["rcmvae", *command])),
        "```",
        "",
        *(f"- {name}: `{lock}`" for name, lock in answer.locks.items()),
    ]
    return "\n".join(lines)


def lock_hash(run: Path) -> str:
    """Return the first 16 digits of the SHA-256 of a run's lock file."""
    return hashlib.sha256((run / "run.lock.toml").read_bytes()).hexdigest()[:16]


def _broken(words: Sequence[str], width: int = 110) -> list[str]:
    """Return a command in lines that a shell joins, none of which begins with the value of an option."""
    lines = [""]
    for number, word in enumerate(words):
        quoted = shlex.quote(word)
        ahead = (
            len(shlex.quote(words[number + 1])) + 1
            if word.startswith("--") and number + 1 < len(words)
            else 0
        )
        if (
            lines[-1]
            and len(lines[-1]) + len(quoted) + ahead + 1 > width
            and not words[number - 1].startswith("--")
        ):
            lines[-1] += " \\"
            lines.append("  " + quoted)
        else:
            lines[-1] += (" " if lines[-1] else "") + quoted
    return lines


def wrapped(text: str, width: int = 120) -> list[str]:
    """Return a paragraph in lines."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
