"""Define the results of conformance checks and the report of a plugin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import attrs

State = Literal["passed", "failed", "skipped", "expected"]


class CheckFailed(Exception):  # noqa: N818 - a finding about a plugin, not an error of the kit
    """Raised by a check whose plugin violates its contract; the message has the values that show it."""


class CheckSkipped(Exception):  # noqa: N818 - as above
    """Raised by a check that does not apply or cannot run here; the message says why."""


@attrs.frozen
class CheckResult:
    """The result of one check.

    Args:
        check: its name, such as `compiled`.
        case: the parameters and sizes; empty for the plugin as a whole.
        state: `expected` is a failure that `expected` of `check_plugin` announced.
        message: what is wrong, or why the check was skipped or its failure expected.
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
    """The results of all checks of a plugin.

    Args:
        plugin: kind and name.
        distribution: the package that contains it, with its version.
        results: in the order in which the checks ran.
    """

    plugin: str
    distribution: str
    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether some check passed, and none failed unexpectedly."""
        counts = self.counts
        return not counts["failed"] and counts["passed"] > 0

    @property
    def counts(self) -> Mapping[State, int]:
        """The number of results in each state."""
        counter: Counter[State] = Counter(result.state for result in self.results)
        states: tuple[State, ...] = ("passed", "failed", "skipped", "expected")
        return {state: counter[state] for state in states}

    def failures(self) -> tuple[CheckResult, ...]:
        """Return the results of failed checks, without expected failures."""
        return tuple(result for result in self.results if result.state == "failed")

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "plugin": self.plugin,
            "distribution": self.distribution,
            "passed": self.passed,
            "counts": dict(self.counts),
            "outcomes": [attrs.asdict(result) for result in self.results],
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count)
        title = f"{self.plugin} of {self.distribution}: {counts or 'no check ran'}"
        lines = [str(result) for result in self.results if result.state != "passed"]
        return "\n".join([title, *(f"  {line}" for line in lines)])
