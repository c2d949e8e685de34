"""What parameters of several data sets have in common."""

from __future__ import annotations

from typing import Any, Literal

from rcmvae_core.params import Capabilities, param

WHERE = "relative to the working folder"
"""How a path is meant."""
FILES = f"or a pattern of several, such as `x-*`, in the order of their names; {WHERE}"
"""How one that may be a pattern is meant."""


def fraction_param() -> Any:
    """Declare the share that is drawn where no test data are named."""
    doc = "Share of each class kept for the test; absent, 0.2 where no test data are named."
    return param(None, doc=doc, ge=0.01, le=0.9)


def seed_param() -> Any:
    """Declare the seed of that draw."""
    return param(0, doc="Seed of the draw of the test set.", ge=0, lt=2**32)


def tokens(form: Literal["image", "features"], *, labelled: bool) -> Capabilities:
    """The capabilities of a data set."""
    return Capabilities(provides=(f"data.{form}", *(["data.labels"] if labelled else [])))


def class_names_param() -> Any:
    """Declare what labels that are numbers stand for."""
    doc = "Names of the classes that labels number from 0; absent, each label that occurs is a class."
    return param((), doc=doc)


def check_class_names(names: tuple[str, ...], label: str | None, parameter: str) -> None:
    """Refuse names that are of nothing, or not of one class each.

    Raises:
        ValueError: if they are.
    """
    if names and label is None:
        raise ValueError(f"`class_names` needs `{parameter}`")
    if len(set(names)) < len(names):
        raise ValueError("`class_names` has a name twice")


def exclude(fraction: float | None, test: str | None, name: str) -> None:
    """Refuse a share of what was named.

    Raises:
        ValueError: if both are given.
    """
    if fraction is not None and test is not None:
        raise ValueError(f"`{name}` names the test data, so that `test_fraction` has no meaning")
