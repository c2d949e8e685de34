"""Defines the content of a report: the run as plain values, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
from matplotlib.figure import Figure

from rcmvae_core.report.drawing import draw


@attrs.frozen
class PartView:
    """One part of the model, as the spec named it.

    Args:
        kind: such as `prior`.
        plugin: such as `mixture`.
        distribution: the package that provides it.
        version: of that package.
        parameters: their values, defaults included.
        label: the spec's label, for a kind that may be named several times.
    """

    kind: str
    plugin: str
    distribution: str
    version: str
    parameters: Mapping[str, object] = attrs.field(factory=dict[str, object])
    label: str | None = None


@attrs.frozen
class ClassView:
    """How well one class is predicted; NaN where a metric is undefined.

    Args:
        name: of the class.
        support: test inputs of the class.
        predicted: test inputs that are predicted to be of the class.
        precision: the share of these that are.
        recall: the share of the inputs of the class that are predicted to be.
        f1: the harmonic mean of precision and recall.
        average_precision: the area under precision over recall.
    """

    name: str
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float
    average_precision: float


@attrs.frozen
class RunView:
    """A run as the report shows it.

    Args:
        name: the run's name.
        state: `done`, `failed`, `interrupted`, ...
        summary: the content of `summary.json`; empty if no seed has finished.
        spec_text: the resolved spec, exactly as it was written.
        parts: every part of the model.
        environment: versions, platform and backend, by name.
        warnings: the warnings of the run.
        classes: of the first seed, on the test data; none without a classifier or labels.
    """

    name: str
    state: str
    summary: Mapping[str, Any]
    spec_text: str
    parts: Sequence[PartView] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str])
    warnings: Sequence[str] = ()
    classes: Sequence[ClassView] = ()


@attrs.frozen
class NamedFigure:
    """A figure, or the error that its plugin raised.

    Args:
        name: the plugin's name.
        title: its heading in the page.
        caption: one sentence: what the figure shows, and how to read it.
        figure: the figure, or the error message.
    """

    name: str
    title: str
    caption: str
    figure: Figure | str

    @cached_property
    def svg(self) -> bytes | str:
        """The figure as SVG, drawn once; or the error message."""
        if isinstance(self.figure, str):
            return self.figure
        try:
            return draw(self.figure)
        # A plugin's figure may fail as late as when it is drawn; the rest of the report is still of use.
        except Exception as error:  # noqa: BLE001
            return f"{type(error).__name__}: {error}"
