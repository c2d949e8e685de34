"""Switches between what the page shows of each seed, and between its colour schemes, by radio buttons and CSS alone."""

from __future__ import annotations

from collections.abc import Sequence

from rcmvae_core.report.html import Html, element, join, void_element

_SCHEMES = ("auto", "light", "dark")


def of_seeds(seeds: Sequence[int], *content: str) -> Html:
    """Build content that is shown only while one of these seeds is chosen."""
    return element("div", *content, class_=" ".join(["of-seed", *(f"seed-{seed}" for seed in seeds)]))


def seed_switch(seeds: Sequence[int]) -> Html:
    """Build the choice of a seed; empty if there is nothing to choose."""
    if len(seeds) < 2:  # noqa: PLR2004 - one seed needs no choice
        return Html()
    return _choice("Seed", "seed", [str(seed) for seed in seeds])


def seed_rules(seeds: Sequence[int]) -> str:
    """Return the CSS rules of the choice: on a screen, a rule for each seed hides what is not of it; paper has all."""
    hidden = "\n".join(
        f":root:has(#seed-{seed}:checked) .of-seed:not(.seed-{seed}) {{ display: none; }}" for seed in seeds
    )
    return f"@media screen {{\n{hidden}\n}}" if seeds else ""


def scheme_switch() -> Html:
    """Build the choice of the colour scheme."""
    return _choice("Colours", "scheme", _SCHEMES)


def _choice(legend: str, name: str, values: Sequence[str]) -> Html:
    """Build radio buttons, of which the first is checked.

    Args:
        legend: what is chosen.
        name: of the group.
        values: to choose from.
    """
    options = [_option(name, value, is_first=value == values[0]) for value in values]
    return element("fieldset", element("legend", legend), join(options), class_="choice")


def _option(name: str, value: str, *, is_first: bool) -> Html:
    identity = f"{name}-{value}"
    checked = {"checked": "checked"} if is_first else {}
    radio = void_element("input", type="radio", name=name, id=identity, autocomplete="off", **checked)
    return join([radio, element("label", value, for_=identity)])
