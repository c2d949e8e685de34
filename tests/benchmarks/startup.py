"""Start-up: the command against bare Python, and the second start of a run against its first."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.results import Result, at_most, in_turns
from tests.benchmarks.specs import MIXTURE

ROUNDS, FRESH, INPUTS = 21, 5, 1_000
COMMAND = str(Path(sys.executable).with_name("rcmvae"))
_QUICKSTART = "experiments/quickstart.toml"


def measure() -> Iterator[Result]:
    """Each in turns with its reference."""
    yield from _commands()
    yield from _starts()


def _commands() -> list[Result]:
    said = {"--help": (["--help"], 80), "validate": (["validate", _QUICKSTART], 200)}
    bare = [sys.executable, "-c", "pass"]
    runs = {name: (lambda words=words: _seconds([COMMAND, *words])) for name, (words, _) in said.items()}
    seconds = in_turns({**runs, "bare": lambda: _seconds(bare)}, ROUNDS)
    rows: list[Result] = []
    for name, (words, limit) in said.items():
        found, reference = (1000 * statistics.median(seconds[n]) for n in (name, "bare"))
        what = f"start-up, rcmvae {' '.join(words)}: time, bare Python {reference:.0f} ms"
        rows.append(Result(what, f"{found:.0f} ms", f"allowed {limit} ms", found / limit, at_most(1)))
    return rows


def _seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def _starts() -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "mixture.toml"
        spec.write_text(MIXTURE, encoding="utf-8")
        yield _start(_QUICKSTART, "the quickstart")
        yield _start(str(spec), "dense mixture on MNIST")


def _start(spec: str, name: str) -> Result:
    pairs: list[tuple[float, float]] = []
    for _ in range(FRESH):
        with tempfile.TemporaryDirectory() as folder:
            pairs.append((_first_step(spec, Path(folder)), _first_step(spec, Path(folder))))
    first, second = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Result(
        f"from the command to the first step, {name}, second start against first: time",
        f"{second:.2f} s with compiled programs kept",
        f"{first:.2f} s with an empty cache",
        statistics.median(b / a for a, b in pairs),
        at_most(0.5),
    )


def _first_step(spec: str, cache: Path) -> float:
    """Seconds until `rcmvae run` says that the first step is done; it is let run to its end."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith("JAX_")}
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "run",
            spec,
            "--set",
            "train.epochs=1",
            "--set",
            f"data.training_inputs={INPUTS}",
            "--json",
            "--out",
            str(Path(folder) / "run"),
        ]
        start, found = time.perf_counter(), 0.0
        with subprocess.Popen(
            [COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment | {"XDG_CACHE_HOME": str(cache)},
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if json.loads(line)["event"] == "begun":
                    found = time.perf_counter() - start
        if process.returncode or not found:
            raise SystemExit(f"`rcmvae {' '.join(words)}` failed")
        return found
