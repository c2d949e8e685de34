"""Renders a trained model, τ and predictions as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.report.html import Html, element, join

_MAX_ROWS = 10


def model_html(
    name: str,
    context: BuildContext,
    seeds: tuple[int, ...],
    tau: Float[np.ndarray, "K Y"],
    class_names: tuple[str, ...],
) -> Html:
    """Render the sizes of a model and its τ.

    Args:
        name: the run's name.
        context: the sizes that the model was built with.
        seeds: the seeds of the ensemble.
        tau: the map of the first seed; no columns without a classifier.
        class_names: a name for each class.

    Returns:
        A `div` element.
    """
    shape, members = " x ".join(map(str, context.input_shape)), ", ".join(map(str, seeds))
    sizes = f"inputs {shape}, {context.channels} channels, {context.dim} latent dimensions, seeds {members}"
    pieces = [element("b", name), Html(": "), sizes]
    if tau.shape[1]:
        pieces.append(tau_html(tau, class_names))
    return element("div", *pieces)


def tau_html(tau: Float[np.ndarray, "K Y"], class_names: tuple[str, ...]) -> Html:
    """Render τ as a table whose cells are darker the larger the value.

    Returns:
        A table element.
    """
    head = ["channel", *class_names]
    rows = [[str(channel), *(f"{value:.2f}" for value in row)] for channel, row in enumerate(tau)]
    return _table(head, rows, tau)


def predictions_html(
    labels: Int[np.ndarray, " N"],
    probabilities: Float[np.ndarray, "N Y"],
    class_names: tuple[str, ...],
    columns: Mapping[str, np.ndarray],
) -> Html:
    """Render the first predictions as a table.

    Args:
        labels: the predicted class of each input; negative without a classifier.
        probabilities: p(y|x).
        class_names: a name for each class.
        columns: further values of each input, by their headings.

    Returns:
        A table, and the number of rows that it leaves out.
    """
    count = len(labels)
    rows: list[list[str]] = []
    for row in range(min(count, _MAX_ROWS)):
        label = int(labels[row])
        predicted = ["", ""] if label < 0 else [class_names[label], f"{probabilities[row, label]:.3f}"]
        rows.append([str(row), *predicted, *(_number(values[row]) for values in columns.values())])
    omitted = f"and {count - _MAX_ROWS} more" if count > _MAX_ROWS else ""
    return join([_table(["", "label", "p", *columns], rows), omitted])


def _number(value: np.generic) -> str:
    return str(value) if isinstance(value, np.integer) else f"{value:.3f}"


def _table(head: list[str], rows: list[list[str]], shades: Float[np.ndarray, "n m"] | None = None) -> Html:
    """Render a table.

    Args:
        head: the headings.
        rows: the cells.
        shades: how dark each cell is, in [0, 1], from the second column on.

    Returns:
        A `table` element.
    """

    def cell(row: int, column: int, content: str) -> Html:
        if shades is None or not column:
            return element("td", content)
        shade = f"background: rgba(70, 130, 180, {shades[row, column - 1]:.2f})"
        return element("td", content, style=shade)

    body = (
        element("tr", *(cell(r, c, content) for c, content in enumerate(cells)))
        for r, cells in enumerate(rows)
    )
    return element("table", element("tr", *(element("th", heading) for heading in head)), *body)
