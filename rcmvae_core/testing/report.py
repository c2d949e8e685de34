"""What a conformance check found: one outcome for each check, and all of them as a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import attrs

State = Literal["passed", "failed", "skipped", "expected"]


class Fault(Exception):  # noqa: N818 - a finding about a plugin, no error of the kit
    """A promise that a plugin does not keep; the message says which, with the values that show it."""


class Skip(Exception):  # noqa: N818 - as above
    """A check that does not apply, or cannot be made here; the message says why."""


@attrs.frozen
class Outcome:
    """What one check found.

    Args:
        check: its name, such as `gradients`.
        case: of which parameters and sizes; empty for the plugin as a whole.
        state: `expected` is a failure that was announced, with its reason.
        message: what is wrong, or why it was skipped or expected.
    """

    check: str
    case: str
    state: State
    message: str = ""

    def __str__(self) -> str:
        place = f"{self.check} ({self.case})" if self.case else self.check
        return f"{self.state:<8} {place}{': ' if self.message else ''}{self.message}"


@attrs.frozen
class Report:
    """Every outcome of a plugin's checks.

    Args:
        plugin: kind and name.
        distribution: who ships it, with the version.
        outcomes: in the order in which the checks ran.
    """

    plugin: str
    distribution: str
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed that was not expected to, and something ran."""
        counts = self.counts
        return not counts["failed"] and counts["passed"] > 0

    @property
    def counts(self) -> Mapping[State, int]:
        """How many checks ended in each state."""
        found: Counter[State] = Counter(outcome.state for outcome in self.outcomes)
        states: tuple[State, ...] = ("passed", "failed", "skipped", "expected")
        return {state: found[state] for state in states}

    def failures(self) -> tuple[Outcome, ...]:
        """What failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "failed")

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        outcomes = [attrs.asdict(outcome) for outcome in self.outcomes]
        return {
            "plugin": self.plugin,
            "distribution": self.distribution,
            "passed": self.passed,
            "counts": dict(self.counts),
            "outcomes": outcomes,
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count)
        head = f"{self.plugin} of {self.distribution}: {counts or 'no check ran'}"
        told = [str(outcome) for outcome in self.outcomes if outcome.state != "passed"]
        return "\n".join([head, *(f"  {line}" for line in told)])
