"""The framework's own path through an epoch, as `rcmvae_core.training.loop` takes it, as something to time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers
from rcmvae_core.training.call_size import StepsPerCall
from rcmvae_core.training.compiled import Programs, compile_programs, init_state
from rcmvae_core.training.setup import Prepared, prepare
from tests.benchmarks.results import Run
from tests.benchmarks.specs import MIXTURE


def resolved_spec(spec: str = MIXTURE, settings: Sequence[str] = ()) -> ResolvedSpec:
    """A spec of the benchmarks, with `--set` arguments over it."""
    registry = discover("only:rcmvae")
    layers = [parse(spec.encode(), "benchmark"), *map(parse_override, settings)]
    return resolve_layers(layers, registry)


def prepared_spec(spec: str = MIXTURE, settings: Sequence[str] = ()) -> Prepared:
    """The same on the spec's own data."""
    return prepare(resolved_spec(spec, settings))


def synthetic(images: int, spec: str = MIXTURE, settings: Sequence[str] = ()) -> Prepared:
    """The same on noise in the shape of MNIST: of the images that are asked for, all train.

    The network's speed does not depend on what it looks at.
    """
    rng, classes = np.random.default_rng(0), 10
    labels = np.arange(2 * images, dtype=np.int32) % classes
    dataset = Dataset(
        inputs=rng.integers(0, 256, (2 * images, 28, 28, 1), np.uint8),
        labels=labels,
        train=np.arange(2 * images - classes),
        test=np.arange(2 * images - classes, 2 * images),
        class_names=tuple(map(str, range(classes))),
        maximum=255.0,
    )
    chosen = ["data=arrays", f"data.training_inputs={images}", *settings]
    return prepare(resolved_spec(spec, chosen), dataset)


def train_images(prepared: Prepared) -> np.ndarray:
    """What the framework trains on, for a reference to train on the same."""
    return np.ascontiguousarray(prepared.dataset.inputs[prepared.split.train])


def steps_of(prepared: Prepared) -> int:
    """Steps of an epoch."""
    return prepared.context.steps_per_epoch


def epochs(prepared: Prepared, programs: Programs | None = None) -> Run:
    """Whole epochs one after the other: the streams, and calls of as many steps as the training loop asks for."""
    programs = programs or compile_programs(prepared)
    pace, holder = StepsPerCall(programs.mesh), [init_state(prepared, programs, 0)]

    def epoch() -> float:
        begun, state = time.perf_counter(), holder[0]
        while True:
            step = int(state.step)
            count, started = pace.count(programs.feed.max_steps(step)), time.perf_counter()
            state = programs.feed.advance(state, count)
            jax.device_get(state.tally.broken)
            pace.record(count, time.perf_counter() - started, stop=False)
            if (step + count) % steps_of(prepared) == 0:
                holder[0] = state
                return time.perf_counter() - begun

    return epoch


def by_hand(epoch: Callable[..., tuple[Any, Any]], carry: Any, *data: Any) -> Run:
    """Whole epochs of `(carry, *data) -> (carry, loss)`; the loss is looked at after each."""
    holder = [jax.tree.map(jax.numpy.copy, carry)]

    def one() -> float:
        begun = time.perf_counter()
        holder[0], value = epoch(holder[0], *data)
        float(value)
        jax.block_until_ready(holder[0])
        return time.perf_counter() - begun

    return one
