"""Peak memory of training on MNIST: a whole `rcmvae run` in a process of its own, and the script by hand in another."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.programs import output
from tests.benchmarks.results import Result, at_most
from tests.benchmarks.specs import MIXTURE

ROUNDS, LIMIT = 3, 1.3


def measure() -> list[Result]:
    """Both, a few times."""
    peaks = {name: [_peak(name) for _ in range(ROUNDS)] for name in ("ours", "hand")}
    ours, hand = (statistics.median(peak) for peak in peaks.values())
    return [
        Result(
            "peak memory of training an epoch of MNIST, dense mixture: bytes",
            f"`rcmvae run`, with evaluation and report, {ours / 2**20:.0f} MiB",
            f"JAX by hand, training alone, {hand / 2**20:.0f} MiB",
            ours / hand,
            at_most(LIMIT),
        )
    ]


def _peak(which: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.memory", which]
    return float(output(command).splitlines()[-1])


def ours() -> None:
    """The command, which compiles everything."""
    from rcmvae_core.cli.main import main

    with tempfile.TemporaryDirectory() as folder:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
        spec = Path(folder) / "mixture.toml"
        spec.write_text(MIXTURE)
        assert main(["run", str(spec), "--out", str(Path(folder) / "run"), "--json"]) == 0


def hand() -> None:
    """An epoch of the script."""
    from tests.benchmarks.idx import mnist_images
    from tests.benchmarks.throughput import raw_mixture

    raw_mixture(mnist_images())()


def peak_bytes() -> float:
    """The most that this process ever held; macOS counts in bytes, Linux in KiB."""
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    {"ours": ours, "hand": hand}[sys.argv[1]]()
    print(peak_bytes())
