"""Defines the inputs and results of figures and metrics: what they read, and what they return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import numpy as np

from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure


class ReportData(NamedTuple):
    """The inputs of a figure or a metric.

    Args:
        arrays: the arrays of one seed.
        history: the rows of `metrics.jsonl` of every seed, each with `seed`, `epoch`, `step` and named values such as
            `train/total`, `train/<label>`, `validation/accuracy`.
        summary: the content of `summary.json`.
        seed: whose arrays these are.
        snapshots: the seed's states in the course of training, if the spec asks for them.
    """

    arrays: ReportArrays
    history: tuple[dict[str, float], ...]
    summary: dict[str, object]
    seed: int = 0
    snapshots: tuple[Snapshot, ...] = ()


class NotApplicable(NamedTuple):
    """What a figure, a metric, a projection or a calibrator returns where it has nothing to say about a run.

    Args:
        reason: one sentence, without a full stop, that names what is missing, such as `the run has no classifier`.
    """

    reason: str


class Plot(NamedTuple):
    """A figure with the numbers that it shows.

    Args:
        figure: the figure, of Matplotlib.
        table: the columns of its data, equally long, by name; written as CSV beside the figure.
    """

    figure: MatplotlibFigure
    table: Mapping[str, Sequence[object] | np.ndarray]


@runtime_checkable
class Metric(Protocol):
    """Compute a number that says how good a trained model is.

    The result is a number; several numbers, by a name for each, such as that of a score; or why there is none.
    """

    def __call__(
        self, params: object, data: ReportData, /
    ) -> float | Mapping[str, float] | NotApplicable: ...
