"""Rounds that are finished: kept line by line, and what they say together."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

from rcmvae_core.active.plan import Plan
from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
from rcmvae_core.files import replace_file, unwritable

NAME = "rounds.jsonl"


class Round(NamedTuple):
    """A round of one acquisition and seed.

    Args:
        by: the acquisition.
        seed: of the training, and of the first labels.
        round: its number; 0 is the beginning.
        labels: how many the model was given.
        accuracy: on the test data, after training on them.
    """

    by: str
    seed: int
    round: int
    labels: int
    accuracy: float


class Ledger:
    """A file with a line for each round, written as soon as the round is finished.

    Args:
        folder: where it is, or will be.
        experiment: what its rounds have in common, as plain values; the first line.

    Raises:
        RcmvaeError: E411 if it holds rounds of another experiment; E304 if it cannot be written.
    """

    def __init__(self, folder: Path, experiment: Mapping[str, Any]) -> None:
        self._path = folder / NAME
        header, found = _read(self._path) or (dict(experiment), [])
        if header != experiment:
            other = ", ".join(f"`{name}`" for name in experiment if header.get(name) != experiment[name])
            message = f"`{folder}` holds rounds of another experiment: {other} differs"
            raise RcmvaeError([Diagnostic("E411", message, help=["choose another --out DIR"])])
        self._rounds = {(one.by, one.seed, one.round): one for one in found}
        # Anew, for a process that was killed may have left half a line.
        text = "".join(json.dumps(line) + "\n" for line in [experiment, *(one._asdict() for one in found)])
        replace_file(self._path, text, parents=True)

    def add(self, one: Round) -> None:
        """Keep a round, on the disk.

        Raises:
            RunError: E304 if the disk takes no more.
        """
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(one._asdict()) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RunError([unwritable(self._path, error, "choose another --out DIR")]) from None
        self._rounds[one.by, one.seed, one.round] = one

    def of(self, by: str, seed: int, rounds: int) -> list[Round]:
        """The rounds of an acquisition and seed in their order; none unless all are finished."""
        keys = [(by, seed, number) for number in range(rounds + 1)]
        return [self._rounds[key] for key in keys] if self._rounds.keys() >= set(keys) else []


def _read(path: Path) -> tuple[dict[str, Any], list[Round]] | None:
    """The first line and the rounds, of the lines that are whole."""
    try:
        text = path.read_text(encoding="utf-8")
        header, *rest = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return dict(header), [Round(**line) for line in rest]
    except (FileNotFoundError, NotADirectoryError):  # the latter is told by whoever writes
        return None
    except (OSError, ValueError, TypeError) as error:
        message = f"`{path}` is no file of rounds: {error}"
        raise RcmvaeError([Diagnostic("E411", message, help=["choose another --out DIR"])]) from None


def summarise(plan: Plan, ledger: Ledger, seeds: Sequence[int], target: float) -> dict[str, Any]:
    """What was simulated and what came of it, as plain values.

    `needed` is the number of labels with which the accuracy first reached the target, the mean over seeds; None if
    it did not for all of them.

    Args:
        plan: what was simulated.
        ledger: its rounds, all finished.
        seeds: what is averaged over.
        target: an accuracy.
    """
    found = {
        by: _curve([ledger.of(by, seed, plan.rounds) for seed in seeds], seeds, target) for by in plan.by
    }
    chance = found["random"]["needed"] if "random" in found else None
    for curve in found.values():
        curve["needed_of_random"] = curve["needed"] / chance if curve["needed"] and chance else None
    return {**plan.how(), "seeds": list(seeds), "target": target, "acquisitions": found}


def _curve(runs: Sequence[Sequence[Round]], seeds: Sequence[int], target: float) -> dict[str, Any]:
    columns = list(zip(*runs, strict=True))
    needed = [next((one.labels for one in run if one.accuracy >= target), None) for run in runs]
    known = [labels for labels in needed if labels is not None]
    each = {
        str(seed): {
            "labels": [one.labels for one in run],
            "accuracy": [one.accuracy for one in run],
            "needed": labels,
        }
        for seed, run, labels in zip(seeds, runs, needed, strict=True)
    }
    accuracies = [[one.accuracy for one in column] for column in columns]
    return {
        "labels": [fmean(one.labels for one in column) for column in columns],
        "mean": [fmean(values) for values in accuracies],
        "std": [stdev(values) if len(values) > 1 else 0.0 for values in accuracies],
        "needed": fmean(known) if len(known) == len(runs) else None,
        "seeds": each,
    }
