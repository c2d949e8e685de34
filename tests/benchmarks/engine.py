"""The framework's own path through an epoch, as `rcmvae_core.training.loop` takes it, as something to time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers
from rcmvae_core.training.call_size import StepsPerCall
from rcmvae_core.training.compiled import Programs, compile_programs, init_state
from rcmvae_core.training.setup import Prepared, prepare
from tests.benchmarks.results import Result, Run, a_step, at_least, in_turns, quotient
from tests.benchmarks.specs import BATCH, CHANNELS, DIM, MIXTURE


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


def steps_by_hand(
    images: np.ndarray, loss: Callable[..., Any], params: Any, steps: int, *, scanned: bool
) -> Run:
    """Epochs of Adam's steps on `(params, x, noise) -> loss`; as in the framework one scan, or else one call a step."""
    optimizer, on_device = optax.adam(1e-3), jnp.asarray(images)

    def step(state, row):
        params, slots = state
        index, key = row
        x = on_device[index].astype(jnp.float32) / 255
        noise = jax.random.normal(key, (BATCH, CHANNELS, DIM))
        value, grads = jax.value_and_grad(loss)(params, x, noise)
        updates, slots = optimizer.update(grads, slots, params)
        return (optax.apply_updates(params, updates), slots), value

    def rows(key):
        order, noise = jax.random.split(key)
        index = jax.random.permutation(order, len(images))[: steps * BATCH].reshape(steps, BATCH)
        return index, jax.random.split(noise, steps)

    one = jax.jit(step, donate_argnums=0)
    every = jax.jit(lambda state, key: jax.lax.scan(step, state, rows(key)), donate_argnums=0)

    def epoch(carry):
        state, key = carry
        key, following = jax.random.split(key)
        if scanned:
            state, values = every(state, key)
            return (state, following), jnp.mean(values)
        for row in zip(*rows(key), strict=True):
            state, value = one(state, row)
        return (state, following), value

    return by_hand(epoch, ((params, optimizer.init(params)), jax.random.key(1)))


def speed(
    what: str, ours: Run, name: str, reference: Run, steps: int, *, limit: float, rounds: int
) -> Result:
    """Compare a training step with that of a reference, in turns."""
    seconds = in_turns({"ours": ours, "reference": reference}, rounds)
    ratio, spread = quotient(seconds["reference"], seconds["ours"])
    return Result(
        f"training step, {what} K={CHANNELS} D={DIM}, batch {BATCH}, 28x28: speed",
        a_step(seconds["ours"], steps),
        f"{name} {a_step(seconds['reference'], steps)}",
        ratio,
        at_least(limit),
        spread,
    )
