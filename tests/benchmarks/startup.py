"""Start-up of the command against bare Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
COMMAND = Path(sys.executable).with_name("rcmvae")


def _median(*command: str) -> float:
    times: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    """Print milliseconds, and how many times bare Python each takes."""
    bare = _median(sys.executable, "-c", "pass")
    print(f"start-up, median of {ROUNDS}: bare Python {bare:.0f} ms")
    for words in (["--help"], ["validate", "experiments/quickstart.toml"], ["plugins", "list"]):
        value = _median(str(COMMAND), *words)
        print(f"  rcmvae {' '.join(words):<40} {value:6.0f} ms, {value / bare:5.1f} x bare Python")


if __name__ == "__main__":
    main()
