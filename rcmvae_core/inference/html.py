"""What a notebook shows of a trained model, of τ and of predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from rcmvae_core.inference.predictions import NO_CLASS, Predictions
from rcmvae_core.report.html import Html, element, joined

if TYPE_CHECKING:
    from rcmvae_core.inference.trained import TrainedModel

_ROWS = 10


def of_model(trained: TrainedModel) -> str:
    """The model's sizes, and τ of its first seed."""
    context = trained.sizes.context
    shape, seeds = " x ".join(map(str, context.input_shape)), ", ".join(map(str, trained.seeds))
    words = f"inputs {shape}, {context.channels} channels, {context.dim} latent dimensions, seeds {seeds}"
    pieces = [element("b", trained.name), Html(": "), words]
    if trained.tau[0].shape[1]:
        pieces.append(of_tau(trained.tau[0], trained.class_names))
    return element("div", *pieces)


def of_tau(tau: Float[np.ndarray, "K Y"], names: tuple[str, ...]) -> Html:
    """τ as a table, the darker the surer."""
    head = ["channel", *names]
    rows = [[str(channel), *(f"{value:.2f}" for value in row)] for channel, row in enumerate(tau)]
    return _table(head, rows, tau)


def of_predictions(found: Predictions) -> Html:
    """The first of them, as a table."""
    head = ["", "label", "p", "channel", "entropy", "aleatoric", "epistemic", *found.scores]
    count = len(found.labels)
    rows = [[str(row), *_cells(found, row)] for row in range(min(count, _ROWS))]
    left = f"and {count - _ROWS} more" if count > _ROWS else ""
    return joined([_table(head, rows), left])


def _cells(found: Predictions, row: int) -> list[str]:
    label = int(found.labels[row])
    named = (
        ["", ""]
        if label == NO_CLASS
        else [found.class_names[label], f"{found.probabilities[row, label]:.3f}"]
    )
    doubts = [found.entropy, found.aleatoric, found.epistemic, *found.scores.values()]
    return [*named, str(found.channels[row]), *(f"{values[row]:.3f}" for values in doubts)]


def _table(head: list[str], rows: list[list[str]], shade: Float[np.ndarray, "n m"] | None = None) -> Html:
    def cell(row: int, column: int, text: str) -> Html:
        if shade is None or not column:
            return element("td", text)
        return element("td", text, style=f"background: rgba(70, 130, 180, {shade[row, column - 1]:.2f})")

    body = (
        element("tr", *(cell(r, c, text) for c, text in enumerate(texts))) for r, texts in enumerate(rows)
    )
    return element("table", element("tr", *(element("th", text) for text in head)), *body)
