"""Start-up: the command against bare Python, and the second start of a run against its first."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.programs import lines, output
from tests.benchmarks.results import Result, at_most, in_turns
from tests.benchmarks.specs import MIXTURE
from tests.plugin.distributions.many import install

ROUNDS, FRESH, INPUTS = 21, 5, 1_000
COMMAND = str(Path(sys.executable).with_name("rcmvae"))
BARE = [sys.executable, "-c", "pass"]
_QUICKSTART = "experiments/quickstart.toml"


def measure() -> Iterator[Result]:
    """Each in turns with its reference."""
    yield from _commands("start-up", {"--help": 80, "validate": 200}, {})
    with tempfile.TemporaryDirectory() as folder:
        names = install(Path(folder))
        what = f"start-up with {len(names)} distributions of plugins"
        yield from _commands(what, {"--help": 80, "validate": 300}, {"PYTHONPATH": folder})
    yield from _starts()


def _commands(what: str, allowed: Mapping[str, int], more: Mapping[str, str]) -> list[Result]:
    """The commands against their milliseconds; `more` is added to their environment."""
    environment = {**_environment(), **more}
    words = {"--help": ["--help"], "validate": ["validate", _QUICKSTART]}
    runs = {name: (lambda name=name: _seconds([COMMAND, *words[name]], environment)) for name in allowed}
    seconds = in_turns({**runs, "bare": lambda: _seconds(BARE, environment)}, ROUNDS)
    rows: list[Result] = []
    for name, limit in allowed.items():
        found, reference = (1000 * statistics.median(seconds[n]) for n in (name, "bare"))
        label = f"{what}, rcmvae {' '.join(words[name])}: time, bare Python {reference:.0f} ms"
        rows.append(Result(label, f"{found:.0f} ms", f"allowed {limit} ms", found / limit, at_most(1)))
    return rows


def _environment() -> dict[str, str]:
    """That of the process, but compiled modules are kept: else each start compiles again what was changed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    start = time.perf_counter()
    output(command, environment)
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
    environment = {n: v for n, v in _environment().items() if not n.startswith("JAX_")}
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
        for line in lines([COMMAND, *words], environment | {"XDG_CACHE_HOME": str(cache)}):
            if json.loads(line)["event"] == "begun":
                found = time.perf_counter() - start
        return found
