"""`make bench`: one table of ratios; `python -m tests.benchmarks NAME ...` for some of it."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import textwrap
from importlib.metadata import version

from tests.benchmarks.results import Result

THREADS = 2
NAMES = (
    "startup", "throughput", "against_torch", "overhead", "memory", "gating", "convolution", "residual", "exploring",
)  # fmt: skip
_WIDTHS = (44, 30, 34, 7, 15, 8, 8)
_HEADS = ("what", "ours", "reference", "ratio", "half of pairs", "bar", "")


def main(names: list[str]) -> None:
    """Measure, a row as soon as it is known."""
    unknown = set(names) - set(NAMES)
    if unknown:
        raise SystemExit(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    print(machine(same_threads()), end="\n\n")
    print(line(_HEADS))
    print(line(["-" * width for width in _WIDTHS]), flush=True)
    missed = 0
    for name in names or NAMES:
        # Imported here, for JAX looks at how many threads there are when it is.
        for result in importlib.import_module(f"tests.benchmarks.{name}").measure():
            print(line(cells(result)), flush=True)
            missed += not result.bar.met(result.ratio)
    print(f"\n{missed} missed" if missed else "\nall met")


def same_threads() -> str:
    """Two processors for every program, so that all have the same threads, where the system lets us say so."""
    if not hasattr(os, "sched_setaffinity"):
        return f"all {os.cpu_count()} cores for JAX, {THREADS} for PyTorch"
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    return f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores for every program"


def machine(threads: str) -> str:
    """What the milliseconds are of."""
    return (
        f"{platform.system()} {platform.machine()}, {threads}, "
        f"Python {platform.python_version()}, jax {version('jax')}"
    )


def cells(result: Result) -> list[str]:
    """A row as text."""
    spread = f"{result.spread[0]:.3f} to {result.spread[1]:.3f}" if result.spread else ""
    met = "met" if result.bar.met(result.ratio) else "NOT MET"
    figures = (f"{result.ratio:.3f}", spread, str(result.bar), met)
    return [result.what, result.ours, result.reference, *figures]


def line(texts: list[str] | tuple[str, ...]) -> str:
    """Columns side by side, each wrapped to its width."""
    columns = [
        textwrap.wrap(text, width, break_on_hyphens=False) or [""]
        for text, width in zip(texts, _WIDTHS, strict=True)
    ]
    height = max(map(len, columns))
    rows = (
        "  ".join(
            f"{column[row] if row < len(column) else '':<{width}}"
            for column, width in zip(columns, _WIDTHS, strict=True)
        )
        for row in range(height)
    )
    return "\n".join(row.rstrip() for row in rows)


if __name__ == "__main__":
    main(sys.argv[1:])
