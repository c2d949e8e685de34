"""Logs the finished rounds of a simulation line by line, and summarises them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

import attrs

from rcmvae_core.active_learning.settings import SimulationSettings
from rcmvae_core.errors import RunError, fail, quoted
from rcmvae_core.runtime.atomic_files import open_to_append, replace_file, unwritable
from rcmvae_core.runtime.records import Count, Number, parse, read_bytes, structure

NAME = "rounds.jsonl"


class Round(NamedTuple):
    """The result of one round.

    Args:
        by: the acquisition.
        seed: of the training, and of the first labels.
        round: its number; 0 is the state before the first round.
        labels: the number of labels that the model was trained on.
        accuracy: on the test data, after the round.
    """

    by: str
    seed: int
    round: int
    labels: int
    accuracy: float


@attrs.frozen
class _RoundRecord:
    """The fields of a `Round`, as a line of the file has them."""

    by: str
    seed: int
    round: Count
    labels: Count
    accuracy: Number


class RoundLog:
    """A JSONL file with a line for each round, written as soon as the round is finished.

    Args:
        folder: the folder of the file, which is created if needed.
        experiment: the settings that all its rounds share, as plain values; the first line of the file.

    Raises:
        RcmvaeError: E411 if the file has rounds of another experiment; E304 if it cannot be written.
    """

    def __init__(self, folder: Path, experiment: Mapping[str, Any]) -> None:
        self._path = folder / NAME
        header, rounds = _read(self._path) or (dict(experiment), [])
        if header != experiment:
            different = quoted(name for name in experiment if header.get(name) != experiment[name])
            message = f"`{folder}` has rounds of another experiment: {different} differs"
            fail("E411", message, help=["choose another --out DIR"])
        self._rounds = {(each.by, each.seed, each.round): each for each in rounds}
        # Written again, because a killed process may have left an incomplete line.
        lines = [experiment, *(each._asdict() for each in rounds)]
        replace_file(self._path, "".join(json.dumps(line) + "\n" for line in lines), parents=True)

    def append(self, result: Round) -> None:
        """Write a round to the disk.

        Raises:
            RunError: E304 if it cannot be written.
        """
        try:
            with open_to_append(self._path) as file:
                file.write(json.dumps(result._asdict()) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RunError([unwritable(self._path, error, "choose another --out DIR")]) from None
        self._rounds[result.by, result.seed, result.round] = result

    def completed(self, by: str, seed: int, rounds: int) -> list[Round]:
        """Return the rounds of an acquisition and seed.

        Args:
            by: the acquisition.
            seed: the seed.
            rounds: the number of rounds after the state before the first.

        Returns:
            The rounds in their order; empty unless all are finished.
        """
        if rounds >= len(self._rounds):
            return []
        keys = [(by, seed, number) for number in range(rounds + 1)]
        return [self._rounds[key] for key in keys] if self._rounds.keys() >= set(keys) else []


def _read(path: Path) -> tuple[dict[str, Any], list[Round]] | None:
    """Read the header and the rounds, without an incomplete last line; None if the file does not exist.

    Returns:
        The header and the rounds; None if the file does not exist.
    """
    try:
        if not path.exists():  # writing the file reports a folder that is none
            return None
        lines = read_bytes(path).splitlines(keepends=True)
        header, *rest = [parse(line) for line in lines if line.endswith(b"\n")]
        rounds = [structure(line, _RoundRecord) for line in rest]
        return structure(header, dict[str, Any]), [Round(**attrs.asdict(each)) for each in rounds]
    except (OSError, ValueError) as error:
        message = f"`{path}` is not a log of rounds: {error}"
        fail("E411", message, help=["choose another --out DIR"])


def summarise(
    settings: SimulationSettings, log: RoundLog, seeds: Sequence[int], target: float
) -> dict[str, Any]:
    """Summarise a finished simulation as plain values.

    `needed` is the number of labels with which the accuracy first reached the target, as the mean over seeds; None
    if a seed did not reach it.

    Args:
        settings: the simulation.
        log: its rounds, all finished.
        seeds: the seeds to average over.
        target: an accuracy, in (0, 1].

    Returns:
        The settings, and for each acquisition its learning curve.
    """
    curves = {
        by: _curve([log.completed(by, seed, settings.rounds) for seed in seeds], seeds, target)
        for by in settings.by
    }
    random = curves["random"]["needed"] if "random" in curves else None
    for curve in curves.values():
        curve["needed_of_random"] = curve["needed"] / random if curve["needed"] and random else None
    return {**settings.as_json(), "seeds": list(seeds), "target": target, "acquisitions": curves}


def _curve(runs: Sequence[Sequence[Round]], seeds: Sequence[int], target: float) -> dict[str, Any]:
    """Summarise the rounds of one acquisition.

    Args:
        runs: the rounds of each seed.
        seeds: the seeds.
        target: an accuracy.

    Returns:
        Plain values: labels, mean and sample standard deviation of the accuracy per round, and each seed's rounds.
    """
    columns = list(zip(*runs, strict=True))
    needed = [next((each.labels for each in run if each.accuracy >= target), None) for run in runs]
    reached = [labels for labels in needed if labels is not None]
    per_seed = {
        str(seed): {
            "labels": [each.labels for each in run],
            "accuracy": [each.accuracy for each in run],
            "needed": labels,
        }
        for seed, run, labels in zip(seeds, runs, needed, strict=True)
    }
    accuracies = [[each.accuracy for each in column] for column in columns]
    return {
        "labels": [fmean(each.labels for each in column) for column in columns],
        "mean": [fmean(values) for values in accuracies],
        "std": [stdev(values) if len(values) > 1 else 0.0 for values in accuracies],
        "needed": fmean(reached) if len(reached) == len(runs) else None,
        "seeds": per_seed,
    }
