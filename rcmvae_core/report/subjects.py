"""Groups figures by what they are about, and chooses those of the first screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rcmvae_core.report.records import FigureView


class Subject(NamedTuple):
    """A section of figures.

    Args:
        title: its heading.
        question: what its figures answer.
        words: a figure belongs to the first subject that has a word of its name.
    """

    title: str
    question: str
    words: tuple[str, ...]


# By what decides: the words of training come first, because `usage_over_time` is about training and not about channels.
_BY_WORDS: tuple[Subject, ...] = (
    Subject("Training", "Did the training converge, and what changed on the way?",
            ("loss", "curves", "curriculum", "evolution", "time", "history", "schedule", "weights")),
    Subject("Uncertainty", "Does the model know what it does not know?",
            ("sigma", "score", "scores", "roc", "ood", "unusual", "uncertainty", "outliers")),
    Subject("Pictures", "What does the model keep of an input, and what does it make up?",
            ("reconstruction", "reconstructions", "samples", "traversals", "pseudo", "hardest", "images")),
    Subject("Prediction", "Which classes are predicted right, and can the confidence be trusted?",
            ("confusion", "accuracy", "reliability", "coverage", "certainty", "efficiency", "calibration", "class")),
    Subject("Latent space", "How are inputs arranged in the latents?",
            ("latent", "latents", "plane", "planes", "map", "centres", "units", "silhouette")),
    Subject("Channels", "What does each channel stand for, and which are used?",
            ("channel", "channels", "tau", "ownership", "routing", "kl", "usage", "responsibility", "component",
             "embedding", "embeddings", "confidence", "evidence", "pi")),
)  # fmt: skip
_OTHER = Subject("Other figures", "", ())
_ORDER = ("Prediction", "Channels", "Latent space", "Pictures", "Uncertainty", "Training")
_FIRST_SCREEN = (
    ("confusion", "channel_ownership", "ownership", "latent_map", "latent_scatter", "channel_usage"),
    ("reconstructions", "channel_samples"),
    ("loss_curves", "loss_terms"),
)


def subject_of(figure: FigureView) -> Subject:
    """Return the subject that a figure belongs to, by the words of its name."""
    words = figure.name.split("_")
    return next((subject for subject in _BY_WORDS if set(words) & set(subject.words)), _OTHER)


def first_screen(figures: Sequence[FigureView]) -> list[FigureView]:
    """Return the pictures that matter most, up to three: what was learned, what is kept of an input, and how it went."""
    drawn = {figure.name: figure for figure in figures if figure.pictures}
    choices = (next((drawn[name] for name in names if name in drawn), None) for names in _FIRST_SCREEN)
    return [choice for choice in choices if choice is not None]


def by_subject(figures: Sequence[FigureView]) -> Iterator[tuple[Subject, list[FigureView]]]:
    """Yield the subjects that have figures, in the order of the page, each with its figures."""
    subjects = {subject.title: subject for subject in _BY_WORDS}
    for subject in (*(subjects[title] for title in _ORDER), _OTHER):
        group = [figure for figure in figures if subject_of(figure) is subject]
        if group:
            yield subject, group
