"""Defines the content of a report: the run as plain values, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs


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
        defaults: the names of the parameters that have their default.
    """

    kind: str
    plugin: str
    distribution: str
    version: str
    parameters: Mapping[str, object] = attrs.field(factory=dict[str, object])
    label: str | None = None
    defaults: frozenset[str] = frozenset()


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
class MetricView:
    """What is known about a metric besides its values.

    Args:
        meaning: one line.
        unit: such as `nats`; empty for a pure number, `%` for a share that is shown in percent.
        direction: whether higher or lower is better; empty if neither is.
    """

    meaning: str
    unit: str = ""
    direction: Literal["higher", "lower", ""] = ""


@attrs.frozen
class RunView:
    """A run as the report shows it.

    Args:
        name: the run's name.
        state: `done`, `failed`, `interrupted`, ...
        summary: the content of `summary.json`; empty if the run is not done.
        spec_text: the resolved spec, exactly as it was written.
        reason: why the run is not done; empty if that is unknown.
        seeds: of the spec.
        epochs: of the spec, for each seed.
        progress: the finished epochs of each seed that has any.
        parts: every part of the model.
        environment: versions, platform and backend, by name.
        warnings: the warnings of the run.
        classes: on the test data, by seed; none without a classifier or labels.
        metrics: what is known of the metrics of the spec, by name.
        defaults: paths of the spec's values that are defaults.
    """

    name: str
    state: str
    summary: Mapping[str, Any]
    spec_text: str
    reason: str = ""
    seeds: Sequence[int] = ()
    epochs: int = 0
    progress: Mapping[int, int] = attrs.field(factory=dict[int, int])
    parts: Sequence[PartView] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str])
    warnings: Sequence[str] = ()
    classes: Mapping[int, Sequence[ClassView]] = attrs.field(factory=dict[int, Sequence[ClassView]])
    metrics: Mapping[str, MetricView] = attrs.field(factory=dict[str, MetricView])
    defaults: frozenset[str] = frozenset()


@attrs.frozen
class Picture:
    """A figure as it is drawn for some seeds.

    Args:
        seeds: for which it is the same.
        svg: as Matplotlib writes it.
        width: in CSS pixels.
        height: in CSS pixels.
        result: the main result that it shows; may be empty.
        file: the path of its SVG in the run directory.
        table: the path of its data; empty if it has none.
    """

    seeds: tuple[int, ...]
    svg: bytes
    width: int
    height: int
    result: str = ""
    file: str = ""
    table: str = ""


@attrs.frozen
class Absent:
    """Why there is no picture for some seeds.

    Args:
        seeds: for which the reason is the same.
        reason: one sentence without a full stop, or an error message.
        is_error: whether the plugin failed; else the figure does not apply.
    """

    seeds: tuple[int, ...]
    reason: str
    is_error: bool = False


@attrs.frozen
class FigureView:
    """A figure of the report.

    Args:
        name: the plugin's name.
        title: its heading in the page.
        caption: one sentence: what the figure shows, and how to read it.
        views: the picture or the reason of each seed; at least one.
    """

    name: str
    title: str
    caption: str
    views: tuple[Picture | Absent, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures among its views."""
        return tuple(view for view in self.views if isinstance(view, Picture))

    @property
    def applies(self) -> bool:
        """Whether there is a picture, or an error in its place."""
        return any(isinstance(view, Picture) or view.is_error for view in self.views)
