"""Keeps each measured accuracy in a folder, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.tables.data_sets import draw_labels
from tests.benchmarks.tables.methods import OURS, PEERS, PEERS_TUNED, RECIPE, accuracy


class Cell(NamedTuple):
    """One training of one method, whose seed is the number of the draw.

    Args:
        table: the table.
        method: the method.
        draw: of the labels.
        value: the accuracy on rows without a label; NaN while unknown.
        seconds: of training and prediction.
    """

    table: str
    method: str
    draw: int
    value: float = float("nan")
    seconds: float = 0.0


def planned(table: str, draws: Sequence[int], methods: Sequence[str] | None = None) -> Iterator[Cell]:
    """Yield the cells of a table.

    Args:
        table: its name.
        draws: of the labels.
        methods: their names; None for all.
    """
    for method in methods or (OURS, *PEERS, *PEERS_TUNED):
        for draw in draws:
            yield Cell(table, method, draw)


def measure(folder: Path, wanted: Iterator[Cell], spec: Path = RECIPE) -> Iterator[Cell]:
    """Measure what the folder does not hold yet, and yield all.

    Args:
        folder: one JSON line per cell, in a file per table.
        wanted: the cells.
        spec: of the project's model.

    Yields:
        Each cell as soon as it is known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known: dict[tuple[str, str, int], Cell] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            cell = Cell(**json.loads(line))
            known[cell[:3]] = cell
    for cell in wanted:
        if found := known.get(cell[:3]):
            yield found
            continue
        draw, start = draw_labels(cell.table, cell.draw), time.perf_counter()
        value = accuracy(cell.method, draw, cell.draw, spec)
        done = cell._replace(value=value, seconds=round(time.perf_counter() - start, 2))
        with (folder / f"{cell.table}.jsonl").open("a") as file:
            file.write(json.dumps(done._asdict()) + "\n")
        yield done
