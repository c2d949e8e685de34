"""What a report is made of: the run in plain values, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
from matplotlib.figure import Figure

from rcmvae_core.report.drawing import draw


@attrs.frozen
class Part:
    """One part of the model, as the spec named it.

    Args:
        kind: such as `prior`.
        plugin: such as `mixture`.
        distribution: the package that ships it.
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
class RunView:
    """A run as a reader of the report sees it.

    Args:
        name: the run's name.
        state: `done`, `failed`, `interrupted`, ...
        summary: the content of `summary.json`; empty when no seed has finished.
        spec_text: the resolved spec, exactly as it was written.
        parts: every part of the model.
        environment: what the run ran on, by name: python, jax, backend, ...
        warnings: what a reader should know before trusting the numbers.
    """

    name: str
    state: str
    summary: Mapping[str, Any]
    spec_text: str
    parts: Sequence[Part] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str])
    warnings: Sequence[str] = ()


@attrs.frozen
class NamedFigure:
    """A figure, or why there is none.

    Args:
        name: the plugin's name.
        title: its heading in the page.
        caption: one sentence: what one sees, and how to read it.
        figure: the figure, or the error that its plugin raised.
    """

    name: str
    title: str
    caption: str
    figure: Figure | str

    @cached_property
    def svg(self) -> bytes | str:
        """The figure drawn, once; or why it cannot be."""
        if isinstance(self.figure, str):
            return self.figure
        try:
            return draw(self.figure)
        # A figure of anyone's may fail in any way, as late as here; the rest of the run stands.
        except Exception as error:  # noqa: BLE001
            return f"{type(error).__name__}: {error}"
