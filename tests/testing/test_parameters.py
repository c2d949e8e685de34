"""Every parameter has an effect: another value changes what its plugin computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import ClosedJaxpr

from rcmvae_core.model.build import Batch, build_part
from rcmvae_core.model.model import build_model
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.parameters import Field, fields
from rcmvae_core.plugin.protocols import BuildContext, Progress
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers
from rcmvae_core.testing.plugin_case import TABLE_COLUMNS, TABLE_UNITS
from rcmvae_core.training.unlocking import make_unlocking
from tests.testing.combinations import registry
from tests.testing.parameters import others

BASE = """
[data.digits]
[latent]
channels = 4
dim = 3
embedding_dim = 3
[encoder.dense]
hidden = [5]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [5]
[head.heteroscedastic]
[loss.reconstruction.reconstruction]
[classifier.tau]
[train]
epochs = 1
[train.optimizer.adam]
"""
# Parameters of plugins without defaults, or whose defaults leave some parameters without effect.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "schedule.constant": ("{value = 1.0}",),
    "schedule.linear": ("{start = 0.0, end = 1.0, over = 9, delay = 2}",),
    "schedule.cosine": ("{start = 0.0, end = 1.0, over = 9, delay = 2}",),
    "schedule.exponential": ("{start = 0.1, end = 1.0, over = 9, delay = 2}",),
    "schedule.polynomial": ("{start = 0.1, end = 1.0, over = 9, delay = 2}",),
    "schedule.piecewise": ("{values = [0.0, 1.0, 4.0], at = [0, 4, 9]}",),
    "schedule.cyclical": ("{start = 0.0, end = 1.0, period = 9, cycles = 2, delay = 2}",),
    "schedule.sgdr": ("{start = 1.0, end = 0.1, period = 9, cycles = 3, growth = 1.5, shrink = 0.5}",),
    "schedule.steps": ("{start = 1.0, factor = 0.5, every = 4, floor = 0.2, delay = 2}",),
    "schedule.warmup_cosine": ("{peak = 2.0, warmup = 4, over = 20, start = 0.5, end = 0.1}",),
    "schedule.warmup_exponential": ("{peak = 2.0, warmup = 4, over = 20, start = 0.5, end = 0.1}",),
    "schedule.one_cycle": ("{peak = 2.0, over = 20}",),
    "curriculum.warmup": ("{over = 4, ramp = 4}",),
    "curriculum.channels": (
        "{active = [1, 4], at_epoch = [0, 1]}",
        "{active = [1, 4]}",
        "{active = [1, 4], kl_boost = 2.0, split = 0.1}",
    ),
    "prior.geometric_mog": ('{arrangement = "grid"}',),
    "head.gaussian": ('{mode = "learned"}',),
    "optimizer.rmsprop": ("{momentum = 0.5}",),
    "augmentation.compose": ("{of = {noise = {}, image = {}}}",),
    "classifier.tau": ("{}", '{claims = "share"}'),
    "loss.pseudo_channel": ("{strong = {noise = {}}}", '{strong = {noise = {}}, weighting = "threshold"}'),
    "loss.cross_view": ("{strong = {noise = {}}}",),
}
# Data and trackers have their own tests; `test_analysis_parameters.py` covers what does not change the model.
PLUGINS = [
    r
    for r in registry()
    if r.plugin.kind not in {"data", "tracker", "callback"}
    and registry().kinds[r.plugin.kind].needed_by != "analysis"
]
IMAGE = (6, 5, 3)


def example(kind: str, name: str, table: str) -> ResolvedSpec:
    """A spec in which the plugin has an effect."""
    path = {"schedule": "loss.reconstruction.weight", "optimizer": "train.optimizer"}.get(kind, kind)
    settings = [f"{path}.{name}={table}"]
    if kind == "loss":
        augmented = "consistency" in name and "augmentation.noise={}"
        settings = [f"loss.{name}.{name}={{{augmented or ''}}}".replace(".noise={}", " = {noise = {}}")]
    if kind == "loss" and name in ("pseudo_channel", "virtual_adversarial", "cross_view"):
        settings = [f"loss.{name}.{name}={table}", "train.average={}"]
    if name == "dirichlet":
        settings.append('prior.mixture.pi="learned"')
    if name == "mixture_map":
        settings.append("prior=vamp_mixture")
    if kind == "augmentation":
        settings = [f"loss.t.channel_consistency.augmentation.{name}={table}"]
    if f"{kind}.{name}" == "head.table":
        settings.append('data.table={path = "rows.csv", label = "y"}')
    if kind == "prior" and name == "vamp":
        settings.append('latent.layout="shared"')
    if kind == "prior" and name == "standard":
        settings += ["latent.channels=1", "conditioner=none", "classifier={}"]
    layers = [parse(BASE.encode(), "base"), *map(parse_override, settings)]
    return resolve_layers(layers, registry())


def part_of(spec: ResolvedSpec, kind: str, name: str) -> ResolvedPart:
    if kind == "schedule":
        return spec.one("loss").keys.weight
    if kind == "augmentation":
        return next(p for p in spec.parts["loss"] if p.label == "t").params.augmentation
    return next(p for p in spec.parts[kind] if p.name == name)


def exchanged(spec: ResolvedSpec, kind: str, old: ResolvedPart, new: ResolvedPart) -> ResolvedSpec:
    """The spec with another part instead of one."""

    def swap(part: ResolvedPart) -> ResolvedPart:
        if part is old:
            return new
        keys, params = part.keys, part.params
        if kind == "schedule" and keys is not None and getattr(keys, "weight", None) is old:
            keys = attrs.evolve(keys, weight=new)
        if kind == "augmentation" and getattr(params, "augmentation", None) is old:
            params = attrs.evolve(params, augmentation=new)
        return attrs.evolve(part, keys=keys, params=params)

    return attrs.evolve(spec, parts={k: tuple(map(swap, group)) for k, group in spec.parts.items()})


Behaviour = dict[str, Callable[[], str]]


def behaviour(spec: ResolvedSpec) -> Behaviour:
    """All functions of a spec's model and optimizer as strings, each made when it is first used."""
    is_table = spec.one("data").name == "table"
    shape = (sum(block.features for block in TABLE_COLUMNS),) if is_table else IMAGE
    context = BuildContext(
        input_shape=shape,
        examples=40,
        labelled=8,
        classes=10,
        channels=spec.latent.channels,
        dim=spec.latent.dim,
        embedding_dim=spec.latent.embedding_dim,
        layout=spec.latent.layout,
        steps_per_epoch=5,
        epochs=2,
        units=TABLE_UNITS if is_table else None,
        columns=TABLE_COLUMNS if is_table else (),
    )
    model, optimizer = build_model(spec, context), build_part(spec.one("optimizer"), context)
    key, step, x = jax.random.key(0), jnp.int32(3), jnp.zeros((4, *shape))
    labels = jnp.array([0, 1]) if context.channels > 1 else None
    batch = Batch(x, None if labels is None else x[:2], labels)
    init, params = jax.make_jaxpr(model.init, return_shape=True)(key, x)
    carry = model.init_state()._replace(losses=jax.eval_shape(model.init_state, params).losses)
    unlocking = make_unlocking(model, optimizer)
    settings = f"{model.learning_rates} {[c.split for c in model.curricula]} {unlocking is None}"
    average = {} if spec.train.average is None else {"targets": params}
    # The functions that most parameters change come first.
    functions: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "loss": (
            lambda p, c, s, k, a: model.loss(p, c, batch, step=s, key=k, average=a),
            (params, carry, step, key, average),
        ),
        "optimizer": (lambda p: optimizer.update(p, optimizer.init(p), p), (params,)),
        "unlocked": (model.unlocked, (carry, step)),
    }
    for number, (curriculum, state) in enumerate(zip(model.curricula, carry.curriculum, strict=True)):
        functions[f"advance {number}"] = (curriculum.advance, (state, Progress(step, jnp.float32(1))))
    functions |= {
        "forward": (
            lambda p, s, k: model.forward(p, x, step=s, active=carry.active, key=k),
            (params, step, key),
        ),
        "sample": (lambda p, k: model.decode(p, model.sample_latents(p, k, 3)), (params, key)),
        "rebuild": (
            lambda c, q: model.rebuild_classifier(c, q, jnp.array([0, 1]), jnp.arange(context.classes) == 1),
            (carry, jnp.full((2, context.channels), 1 / context.channels)),
        ),
    }
    traced = {name: cache(partial(trace, *function)) for name, function in functions.items()}
    return {"settings": lambda: settings, **traced, "init": cache(partial(written, init))}


def trace(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    return written(jax.make_jaxpr(function)(*arguments))


def written(closed: ClosedJaxpr) -> str:
    constants = [
        np.asarray(c).tobytes() if not jax.dtypes.issubdtype(c.dtype, jax.dtypes.prng_key) else b""
        for c in closed.consts
    ]
    return f"{closed} {constants}"


def same(one: Behaviour, other: Behaviour) -> bool:
    return one.keys() == other.keys() and all(one[name]() == other[name]() for name in one)


@cache
def base_behaviour(kind: str, name: str, table: str) -> Behaviour:
    return behaviour(example(kind, name, table))


def values(field: Field, part: ResolvedPart) -> Iterator[Any]:
    current = getattr(part.params, field.name)
    if field.rule.kind == "schedule":
        constant = load_object("rcmvae_plugins.schedules.params:ConstantParams")
        (registered,) = registry().claims("schedule", "constant")
        yield from (ResolvedPart(registered, constant(value)) for value in (0.75, 0.25, 0.0))
    elif field.rule.kind == "augmentation":
        other = example("augmentation", "noise", "{std = 0.77}")
        part = part_of(other, "augmentation", "noise")
        yield (part,) if field.rule.many else part
    else:
        yield from others(field, current)


def cases() -> Iterator[Any]:
    for registered in PLUGINS:
        plugin = registered.plugin
        for field in fields(load_object(plugin.params)).values():
            yield pytest.param(plugin, field, id=f"{plugin.kind}.{plugin.name}.{field.name}")


@pytest.mark.long
@pytest.mark.parametrize(("plugin", "field"), list(cases()))
def test_another_value_makes_another_function(plugin, field) -> None:
    for table in PARAMETERS.get(f"{plugin.kind}.{plugin.name}", ("{}",)):
        spec = example(plugin.kind, plugin.name, table)
        part = part_of(spec, plugin.kind, plugin.name)
        for value in values(field, part):
            try:
                params = attrs.evolve(part.params, **{field.name: value})
                changed = behaviour(exchanged(spec, plugin.kind, part, attrs.evolve(part, params=params)))
                if not same(changed, base_behaviour(plugin.kind, plugin.name, table)):
                    return
            except Exception as error:  # noqa: BLE001 - other parameters exclude the value
                rejected = error
    pytest.fail(f"no other value changed anything; the last rejected one: {locals().get('rejected')}")


def test_the_same_values_make_the_same_function() -> None:
    first = behaviour(example("head", "bernoulli", "{}"))
    assert same(behaviour(example("head", "bernoulli", "{}")), first)
    assert same(base_behaviour("head", "bernoulli", "{}"), first)
