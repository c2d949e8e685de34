"""Keeps each measured number in a folder, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.own_data.data_sets import DATA_SETS, draw_labels
from tests.benchmarks.own_data.methods import OURS, PEERS, RANDOM, score


class Cell(NamedTuple):
    """One training of one method.

    Args:
        data: the data set.
        method: the method.
        draw: of rows and labels.
        seed: of training; 0 where nothing depends on it.
        value: the metric; NaN while unknown.
        seconds: of training and prediction.
    """

    data: str
    method: str
    draw: int
    seed: int
    value: float = float("nan")
    seconds: float = 0.0


def planned(data: str, draws: int, seeds: int) -> Iterator[Cell]:
    """Yield the cells of a data set.

    Args:
        data: its name.
        draws: of labels.
        seeds: of each draw.
    """
    for draw in range(draws):
        for method in (OURS, *PEERS):
            for seed in range(seeds if method in RANDOM else 1):
                yield Cell(data, method, draw, seed)


def read(folder: Path) -> dict[tuple[str, str, int, int], Cell]:
    """Return the cells of a folder by their names."""
    cells = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            cell = Cell(**json.loads(line))
            cells[cell[:4]] = cell
    return cells


def measure(folder: Path, wanted: list[Cell]) -> Iterator[Cell]:
    """Measure what the folder does not hold yet, and yield all.

    Args:
        folder: one JSON line per cell, in a file per data set.
        wanted: the cells.

    Yields:
        Each cell as soon as it is known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = read(folder)
    for cell in wanted:
        if found := known.get(cell[:4]):
            yield found
            continue
        data_set = DATA_SETS[cell.data]
        rows = draw_labels(data_set, cell.draw)
        start = time.perf_counter()
        value = score(cell.method, rows, cell.seed, data_set.metric)
        done = cell._replace(value=value, seconds=round(time.perf_counter() - start, 2))
        with (folder / f"{cell.data}.jsonl").open("a") as file:
            file.write(json.dumps(done._asdict()) + "\n")
        yield done
