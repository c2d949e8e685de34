"""A training step against a plain PyTorch loop, and against pythae's own trainer, each in a process of its own.

Both references start from the framework's parameters, and must find the same loss with them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.training.batches import DeviceFeed
from rcmvae_core.training.compiled import compile_programs, init_state
from rcmvae_core.training.epoch import gather_inputs
from tests.benchmarks.engine import epochs, prepared_spec, steps_of, train_images
from tests.benchmarks.names import by_hand
from tests.benchmarks.results import Result, a_step, at_least, in_turns, quotient
from tests.benchmarks.specs import BATCH, CHANNELS, DIM, IMAGES, MIXTURE, PLAIN

ROUNDS, REST = 15, 0.2
"""After an epoch the child's threads look for work for a while before they sleep; so long do we wait."""


def interpreter() -> Path:
    """Python with PyTorch, which `make bench` installs; or another, by RCMVAE_BENCH_PYTHON."""
    return Path(os.environ.get("RCMVAE_BENCH_PYTHON") or Path(sys.prefix) / "reference" / "bin" / "python")


def measure() -> Iterator[Result]:
    """Both."""
    if not interpreter().is_file():
        raise SystemExit(f"PyTorch is not installed at {interpreter()}: start this with `make bench`")
    yield _row("loop", MIXTURE, f"dense mixture K={CHANNELS} D={DIM}", "plain PyTorch loop, same model,", 1.7)
    yield _row(
        "pythae", PLAIN, f"dense VAE (prior `standard`) D={DIM}", "pythae 0.1.2's trainer, its VAE,", 2.5
    )


def _row(which: str, spec: str, name: str, reference: str, limit: float) -> Result:
    prepared = prepared_spec(spec, [f"data.training_inputs={IMAGES}"])
    programs, images = compile_programs(prepared), train_images(prepared)
    params = init_state(prepared, programs, 0).params
    with tempfile.TemporaryDirectory() as folder, child(which, images, by_hand(params), Path(folder)) as run:
        ours = _loss(prepared, programs, params)
        if abs(ours / run.said["loss"] - 1) > 1e-4:
            raise SystemExit(f"{which} is another model: its loss is {run.said['loss']}, ours {ours}")
        seconds = in_turns({"ours": epochs(prepared, programs), "reference": run}, ROUNDS)
    ratio, spread = quotient(seconds["reference"], seconds["ours"])
    steps = steps_of(prepared)
    return Result(
        f"training step, {name}, batch {BATCH}, MNIST: speed",
        a_step(seconds["ours"], steps),
        f"{reference} torch {run.said['torch']} {a_step(seconds['reference'], steps)}",
        ratio,
        at_least(limit),
        spread,
    )


def _loss(prepared: Any, programs: Any, params: Any) -> float:
    """The framework's of the first batch, without noise."""
    feed, model = programs.feed, prepared.model
    assert isinstance(feed, DeviceFeed)
    x = gather_inputs(feed.arrays, jnp.asarray(prepared.split.train[:BATCH]))
    active = jnp.ones(model.context.channels, bool)
    f = model.forward(params, x, step=jnp.int32(0), active=active, key=None)
    each = f.responsibilities * (f.nll + f.kl + f.log_responsibilities - f.log_pi)
    return float(jnp.mean(jnp.sum(each, axis=1)))


class Child:
    """A trainer in another process: an epoch each time it is called."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process, self._errors = process, errors
        self.said = self._read()

    def __call__(self) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        seconds = self._read()["seconds"]
        time.sleep(REST)
        return seconds

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the reference failed:\n" + self._errors.read_text(encoding="utf-8")[-2000:])
        return json.loads(line)


@contextmanager
def child(which: str, images: np.ndarray, parameters: dict, folder: Path) -> Iterator[Child]:
    """Start a trainer on these images, from these parameters; it ends with the context."""
    np.save(folder / "images.npy", images)
    np.savez(folder / "parameters.npz", **dict(_named(parameters)))
    script, errors = Path(__file__).with_name("torch_child.py"), folder / "errors.txt"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [interpreter(), script, which, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=environment | {"OMP_NUM_THREADS": "2"},
        ) as process,
    ):
        yield Child(process, errors)


def _named(parameters: dict) -> Iterator[tuple[str, np.ndarray]]:
    """By PyTorch's names, kernels turned over as PyTorch has them."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(parameters):
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        array = np.asarray(leaf)
        if name.startswith("encoder."):
            name = name.replace("encoder.", "encoder.layers.")
        if name.endswith(".kernel"):
            name, array = name.replace(".kernel", ".weight"), array.T
        yield name, np.ascontiguousarray(array)
