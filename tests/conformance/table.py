"""`docs/combinations.md`: what goes with what, asked of validation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.conformance.combinations import (
    LAYOUTS,
    LOSSES,
    Combination,
    choices,
    every,
    registry,
    representative,
    verdict,
)

INTRODUCTION = """# What goes with what

Every part goes with every other, or validation refuses the pair and says why. The tables are made from what
validation answers.

A model is a choice of layout, prior, routing, conditioner, backbone and head. Of {count} combinations {works} work.
Routing ({routings}), backbone ({backbones}) and head ({heads}) never decide: what one of them goes with, all go with.
The prior `standard` has no channels, so it is asked with `latent.channels = 1`; every other prior with three.
"""
BASE = Combination("decentralized", "mixture", "soft", "film", "dense", "bernoulli")


def page() -> str:
    """The whole page."""
    combinations = every()
    works = sum(representative(combination) is None for combination in combinations)
    introduction = INTRODUCTION.format(
        count=len(combinations),
        works=works,
        routings=_names("routing"),
        backbones=_names("backbone"),
        heads=_names("head"),
    )
    notes: list[str] = []
    sections = [introduction, _parts(notes), _losses(notes), _reasons(notes)]
    return "\n".join(sections)


def _names(kind: str) -> str:
    return ", ".join(f"`{name}`" for name in registry().names(kind))


def _cell(reason: str | None, notes: list[str]) -> str:
    """`yes`, or the code of the refusal with the number of its reason."""
    if reason is None:
        return "yes"
    if reason not in notes:
        notes.append(reason)
    codes = dict.fromkeys(re.findall(r"[EW]\d{3}", reason))
    return f"{', '.join(codes)} ({notes.index(reason) + 1})"


def _table(head: list[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _parts(notes: list[str]) -> str:
    conditioners = choices("conditioner")

    def rows() -> Iterator[list[str]]:
        for prior in choices("prior"):
            for layout in LAYOUTS:
                found = [BASE._replace(prior=prior, layout=layout, conditioner=name) for name in conditioners]
                cells = [_cell(verdict(combination), notes) for combination in found]
                yield [f"`{prior}`", layout, *cells]

    head = ["prior", "layout", *(f"`{name}`" for name in conditioners)]
    return "## Prior, layout and conditioner\n\n" + _table(head, rows())


def _losses(notes: list[str]) -> str:
    columns = [(prior, layout) for prior in choices("prior") for layout in LAYOUTS]

    def rows() -> Iterator[list[str]]:
        for name in registry().names("loss"):
            for variant in LOSSES.get(name, ("",)):
                cells = [_loss_cell(name, variant, prior, layout, notes) for prior, layout in columns]
                label = f"`{name}`" + (f" `{variant}`" if variant and "augmentation" not in variant else "")
                yield [label, *cells]

    head = ["loss", *(f"`{prior}`, {layout}" for prior, layout in columns)]
    words = (
        "\nLosses are asked beside a head with a sigma, which `sigma_penalty` needs, and with the defaults of each"
        '\nprior: with `pi = "learned"` they all take `dirichlet` on pi.\n\n'
    )
    return "## Losses\n" + words + _table(head, rows())


def _loss_cell(name: str, variant: str, prior: str, layout: str, notes: list[str]) -> str:
    conditioner = "none" if prior == "standard" else "film"
    combination = BASE._replace(
        prior=prior, layout=layout, conditioner=conditioner, head='heteroscedastic = { scale = "image" }'
    )
    return _cell(verdict(combination, {"reconstruction": "", name: variant}), notes)


def _reasons(notes: list[str]) -> str:
    lines = [f"{number}. {_reason(note)}" for number, note in enumerate(notes, 1)]
    return (
        "## Reasons\n\nIn validation's own words; `rcmvae explain CODE` has more.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _reason(note: str) -> str:
    return note.replace("|", "\\|")
