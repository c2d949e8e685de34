"""What is simulated, and whether a spec can be asked for it."""

from __future__ import annotations

import attrs

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.unknown import unknown_acquisition


@attrs.frozen
class Plan:
    """Rounds of an annotator.

    Args:
        by: the acquisitions that are compared.
        start: labels at the beginning, spread evenly over the classes; there may be none.
        batch: labels more in each round.
        rounds: how often the annotator is asked.
        first_epochs: epochs before the first question.
        epochs: epochs after each answer.
        anew: whether a new model is trained after each answer; else the one that asked goes on.
    """

    by: tuple[str, ...]
    start: int
    batch: int
    rounds: int
    first_epochs: int
    epochs: int
    anew: bool = False

    @property
    def labels(self) -> int:
        """Labels after the last round."""
        return self.start + self.rounds * self.batch

    @property
    def all_epochs(self) -> int:
        """Epochs that a model is trained for at most."""
        if self.anew:
            return max(self.first_epochs, self.epochs)
        return self.first_epochs + self.rounds * self.epochs

    def how(self) -> dict[str, int | bool]:
        """What must be the same of two simulations for their rounds to be compared."""
        return {name: value for name, value in attrs.asdict(self).items() if name != "by"}


def acquisitions(resolved: ResolvedSpec, names: tuple[str, ...]) -> dict[str, Part]:
    """The acquisitions of a spec, by name.

    Args:
        resolved: the checked spec.
        names: those that are asked for.

    Raises:
        RcmvaeError: E302 if the spec has no classifier; E431 for each acquisition that it has not.
    """
    if resolved.maybe("classifier") is None:
        message = "the spec has no classifier, which would learn from an annotator"
        raise RcmvaeError([Diagnostic("E302", message, help=["add `[classifier.tau]`"])])
    known = {part.name: part for part in resolved.parts.get("acquisition", ())}
    unknown = [unknown_acquisition(name, resolved) for name in names if name not in known]
    if unknown:
        raise RcmvaeError(unknown)
    return {name: known[name] for name in names}
