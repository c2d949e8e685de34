"""Defines the settings of a simulated annotation, and finds the acquisitions that it compares."""

from __future__ import annotations

import attrs

from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.spec.messages import unknown_acquisition


@attrs.frozen
class SimulationSettings:
    """The rounds of a simulated annotation.

    Args:
        by: the acquisitions to compare.
        start: labels before the first round, spread evenly over the classes; may be 0.
        batch: labels added in each round.
        rounds: the number of rounds.
        first_epochs: epochs before the first round.
        epochs: epochs in each round.
        warm_start: whether each round continues with the model that suggested the inputs; else it trains a new one.
    """

    by: tuple[str, ...]
    start: int
    batch: int
    rounds: int
    first_epochs: int
    epochs: int
    warm_start: bool = False

    @property
    def total_labels(self) -> int:
        """Labels after the last round."""
        return self.start + self.rounds * self.batch

    @property
    def max_epochs(self) -> int:
        """The largest number of epochs that one model is trained for."""
        if self.warm_start:
            return self.first_epochs + self.rounds * self.epochs
        return max(self.first_epochs, self.epochs)

    def as_json(self) -> dict[str, int | bool]:
        """Return the settings that two simulations must share for their rounds to be comparable: all but `by`."""
        return {name: value for name, value in attrs.asdict(self).items() if name != "by"}


def find_acquisitions(resolved: ResolvedSpec, names: tuple[str, ...]) -> dict[str, ResolvedPart]:
    """Return acquisitions of a spec, by name.

    Args:
        resolved: the checked spec.
        names: the names to find.

    Raises:
        RcmvaeError: E302 if the spec has no classifier; E431 for each acquisition that it does not have.
    """
    if resolved.maybe("classifier") is None:
        message = "the spec has no classifier, so labels have no effect on the model"
        fail("E302", message, help=["add `[classifier.tau]`"])
    by_name = {part.name: part for part in resolved.parts.get("acquisition", ())}
    unknown = [unknown_acquisition(name, resolved) for name in names if name not in by_name]
    if unknown:
        raise RcmvaeError(unknown)
    return {name: by_name[name] for name in names}
