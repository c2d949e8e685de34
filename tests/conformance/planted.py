"""Plugins with one fault each, and how the kit must tell it."""

# ruff: noqa: ARG005 - functions of a protocol take what it passes

from __future__ import annotations

import random
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import optax
from flax import linen as nn
from matplotlib.figure import Figure

from rcmvae_core import (
    Classifier,
    Curriculum,
    Dataset,
    Factors,
    Head,
    Inference,
    Influence,
    Net,
    Plugin,
    Prior,
    Selection,
    from_linen,
    param,
)

FAULTS: list[tuple[Plugin, str, str]] = []
"""A plugin, the check that must fail, and a pattern of its message."""


def planted(kind: str, check: str, message: str, **declared: Any):
    """Declare the function below as a plugin with a fault."""

    def note(function):
        path = f"{__name__}:{function.__name__}"
        declared.setdefault("summary", "A plugin with a fault.")
        FAULTS.append((Plugin(kind, function.__name__, impl=path, **declared), check, message))
        return function

    return note


CHANNELS = {"provides": ("decoder.channels",), "requires": ("latent.channels",)}


class Shift(nn.Module):
    """h + W e."""

    units: int = 7

    @nn.compact
    def __call__(self, h, e):
        shift = nn.Dense(h.shape[-1], kernel_init=nn.initializers.zeros)(e)
        return h + shift.reshape(*shift.shape[:-1], *(1,) * (h.ndim - shift.ndim), shift.shape[-1])


@planted("conditioner", "compiled", "do not depend on the embedding", **CHANNELS)
def ignores_the_embedding(params, context):
    """h'= h + b."""
    return Net(
        lambda key, h, e: {"b": jnp.zeros(())}, lambda p, h, e: h + p["b"] + 0 * e.sum(-1)[..., None].max()
    )


@planted("conditioner", "compiled", "but it does not provide `decoder.channels`")
def hides_the_embedding(params, context):
    """h' = h + W e, without saying so."""
    return from_linen(Shift())


@planted("conditioner", "eval_shape", "must be float32, got float16", **CHANNELS)
def changes_the_type(params, context):
    """h' in half precision."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: net.apply(p, h, e).astype(jnp.float16))


@planted("conditioner", "eval_shape", "must have the shape", **CHANNELS)
def loses_an_axis(params, context):
    """h' without its last axis."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: net.apply(p, h, e).sum(-1))


@planted("conditioner", "hidden_state", "keeps state between calls", **CHANNELS)
def keeps_state(params, context):
    """h' = h + W e + the number of calls."""
    net, calls = from_linen(Shift()), []

    def apply(p, h, e):
        calls.append(None)
        return net.apply(p, h, e) + float(len(calls))

    return Net(net.init, apply)


@planted("conditioner", "compiled", "is not finite", **CHANNELS)
def divides_by_zero(params, context):
    """h' = (h + W e) / 0."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: net.apply(p, h, e) / jnp.zeros(()))


@planted("conditioner", "compiled", "its gradient.* is not finite", **CHANNELS)
def has_an_endless_slope(params, context):
    """h' = sqrt of something that may be zero."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: net.apply(p, h, e) + jnp.sqrt(0 * h))


@planted("conditioner", "reach", "changes the result", **CHANNELS)
def has_dead_parameters(params, context):
    """h + W e, and an array that nobody reads."""
    net = from_linen(Shift())
    return Net(
        lambda key, h, e: {"used": net.init(key, h, e), "unused": jnp.zeros(3)},
        lambda p, h, e: net.apply(p["used"], h, e),
    )


@planted("conditioner", "eval_shape", "must be a `Net`, got a `function`", **CHANNELS)
def is_no_net(params, context):
    """A function instead of a Net."""
    return lambda h, e: h


@planted("conditioner", "eval_shape", "it raised ZeroDivisionError", **CHANNELS)
def raises_when_built(params, context):
    """Never a Net."""
    return 1 / 0


@planted("conditioner", "vmap|compiled|eval_shape", "raised|compiles", **CHANNELS)
def looks_at_values(params, context):
    """h' that depends on Python's `if` over an array."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: net.apply(p, h, e) if float(h.sum()) > 0 else h)


@planted("conditioner", "documented", "has no docstring", **CHANNELS)
def says_nothing(params, context):
    return from_linen(Shift())


@attrs.frozen
class Undocumented:
    size: int = param(3, doc="", ge=1)


@planted(
    "conditioner", "documented", "no `doc` says what `size` is", params=f"{__name__}:Undocumented", **CHANNELS
)
def has_an_undocumented_parameter(params, context):
    """h + W e."""
    return from_linen(Shift())


@attrs.define
class Loose:
    size: int = param(3, doc="A size.", ge=1, le=9)


@planted("conditioner", "parameters", "is not frozen", params=f"{__name__}:Loose", **CHANNELS)
def has_loose_parameters(params, context):
    """h + W e."""
    return from_linen(Shift())


@attrs.frozen
class Picky:
    size: int = param(3, doc="A size.", ge=1, le=9)

    def __attrs_post_init__(self):
        if self.size == 9:
            raise ValueError("`size` must be less than 9")


@planted("conditioner", "bounds", "is within its bounds, and refused", params=f"{__name__}:Picky", **CHANNELS)
def refuses_its_own_bound(params, context):
    """h + W e."""
    return from_linen(Shift())


@attrs.frozen
class Width:
    width: float = param(1.0, doc="A width.", ge=0.0, le=2.0)


@planted("conditioner", "edges", "is not finite", params=f"{__name__}:Width", **CHANNELS)
def breaks_at_its_edge(params, context):
    """(h + W e) / width."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: net.apply(p, h, e) / params.width)


@planted("conditioner", "import_fence", "imports jax", params=f"{__name__}:Width", **CHANNELS)
def imports_jax_in_its_declaration(params, context):
    """width · (h + W e); its parameters stand beside JAX."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: (1 + params.width) * net.apply(p, h, e))


@planted("conditioner", "tokens", "requires and forbids", provides=("decoder.channels",),
         requires=("latent.channels",), conflicts=("latent.channels",))  # fmt: skip
def contradicts_itself(params, context):
    """h + W e."""
    return from_linen(Shift())


@planted("loss", "eval_shape", "one value an example")
def is_a_scalar(params, context):
    """The mean, taken too early."""
    return lambda inputs: jnp.mean(inputs.forward.nll)


@planted("loss", "eval_shape", "it raised ConcretizationTypeError")
def wants_a_scalar_step(params, context):
    """A term with Python's float of the step."""
    return lambda inputs: inputs.forward.nll[:, 0] * float(inputs.step)


@planted("loss", "compiled", "is not finite")
def takes_the_log_of_zero(params, context):
    """log of what may be zero."""
    return lambda inputs: jnp.log(0 * inputs.forward.responsibilities[:, 0])


@planted("schedule", "eval_shape", "it raised TracerBoolConversionError")
def is_not_traceable(params, context):
    """One up to step 10, then zero, by Python's `if`."""
    return lambda step: 1.0 if step < 10 else 0.0


@planted("schedule", "compiled", "at the edge of its inputs")
def ends_in_infinity(params, context):
    """exp(step)."""
    return lambda step: jnp.exp(jnp.asarray(step, jnp.float32))


def _standard(**changes):
    def kl(params, inference, *, latents, encode, active, key):
        m, v = inference.mean, inference.log_var
        return 0.5 * jnp.sum(jnp.exp(v) + m**2 - 1 - v, axis=-1)

    def sample(params, key, count, *, encode):
        return jax.random.normal(key, (count, 3, 2))

    whole = Prior(lambda key, inputs: {}, lambda params: jnp.log(jnp.full(3, 1 / 3)), kl, sample)
    return whole._replace(**changes)


PRIOR = {"provides": ("latent.channels",)}


@planted("prior", "compiled", "a KL is never negative", **PRIOR)
def has_a_negative_kl(params, context):
    """The KL with a wrong sign."""
    right = _standard()
    return right._replace(kl=lambda *a, **k: -right.kl(*a, **k))


@planted("prior", "compiled", "p\\(c\\) must sum to one", **PRIOR)
def is_not_normalised(params, context):
    """p(c) = 1 for every channel."""
    return _standard(log_pi=lambda params: jnp.zeros(3))


@planted("prior", "compiled", "it ignores its key", **PRIOR)
def ignores_its_key(params, context):
    """Samples that are always zero."""
    return _standard(sample=lambda params, key, count, *, encode: jnp.zeros((count, 3, 2)))


@planted("prior", "compiled", "uses a key twice", **PRIOR)
def reuses_its_key(params, context):
    """Two draws from one key."""

    def sample(params, key, count, *, encode):
        return jax.random.normal(key, (count, 3, 2)) + jax.random.normal(key, (count, 3, 2))

    return _standard(sample=sample)


@planted("prior", "compiled", "`prior.learned_pi` is not provided", **PRIOR)
def learns_in_secret(params, context):
    """p(c) from parameters, without saying so."""
    return _standard(
        init=lambda key, x: {"logits": jnp.zeros(3)}, log_pi=lambda p: jax.nn.log_softmax(p["logits"])
    )


@planted("routing", "compiled", "a locked channel has a weight")
def decodes_locked_channels(params, context):
    """Every channel alike, locked or not."""

    def route(log_q, about):
        return Selection(jnp.full_like(log_q, 1 / 3), jnp.arange(3)[None])

    return route


@planted("routing", "compiled", "sum to one")
def weighs_too_much(params, context):
    """Twice the responsibilities."""
    return lambda log_q, about: Selection(2 * jnp.exp(log_q), jnp.arange(3)[None])


class Encoder(nn.Module):
    posteriors: int
    channels: int = 3

    @nn.compact
    def __call__(self, x):
        h = x.reshape(len(x), -1)
        both = nn.Dense(4 * self.posteriors)(h).reshape(len(x), self.posteriors, 4)
        return Inference(nn.Dense(self.channels, name="logits")(h), both[..., :2], both[..., 2:])


@planted("encoder", "eval_shape", "`mean` must have the shape")
def knows_one_layout(params, context):
    """A posterior for each of three channels, whatever the layout."""
    return from_linen(Encoder(3))


@planted("encoder", "channel_axes", "is not one over 3 channels", provides=("encoder.channels",))
def names_a_wrong_axis(params, context):
    """Axis 0 of a kernel that has channels on axis 1."""
    return from_linen(Encoder(context.posteriors), {"logits/kernel": 0})


@planted("classifier", "compiled", "rows of tau", provides=("classifier.tau",))
def does_not_normalise(params, context):
    """Counts instead of probabilities."""
    shape = (context.channels, context.classes)
    return Classifier(
        lambda: jnp.ones(shape),
        lambda s, q, y: s + q.T @ jax.nn.one_hot(y, shape[1]),
        lambda s: s,
        lambda s, q: q @ s,
    )


@planted("classifier", "compiled", "compiles it again", provides=("classifier.tau",))
def changes_its_state(params, context):
    """A state that is an integer at first, and then a float."""
    shape = (context.channels, context.classes)

    def tau(state):
        return jax.nn.softmax(jnp.asarray(state, jnp.float32))

    return Classifier(
        lambda: jnp.zeros(shape, jnp.int32),
        lambda s, q, y: s + q.T @ jax.nn.one_hot(y, shape[1]),
        tau,
        lambda s, q: q @ tau(s),
    )


@planted("curriculum", "compiled", "locks every channel")
def locks_everything(params, context):
    """No channel, ever."""
    one = jnp.ones(())
    still = Influence(jnp.zeros(3), one, jnp.zeros((), bool), Factors(one, one, one, one))
    return Curriculum(lambda: (), lambda s, step: jnp.zeros(3, bool), lambda s, step: still, lambda s, p: s)


@planted("optimizer", "compiled", "down a bowl lead from")
def climbs(params, context):
    """Gradient ascent."""
    return optax.sgd(-0.01)


@planted("augmentation", "compiled", "must stay in \\[0, 1\\]")
def leaves_the_interval(params, context):
    """x + noise, unclipped."""
    return lambda x, key: x + jax.random.normal(key, x.shape)


def _head(**changes):
    def init(key, features):
        return {"kernel": 0.3 * jax.random.normal(key, (features.shape[-1], 30))}

    def nll(p, x, weights):
        flat = x.reshape(len(x), 1, -1)
        return -jnp.sum(flat * jnp.log(p) + (1 - flat) * jnp.log1p(-p), axis=-1)

    whole = Head(
        init,
        lambda params, f: jnp.clip(jax.nn.sigmoid(f @ params["kernel"]), 1e-4, 1 - 1e-4),
        nll,
        lambda p: p.reshape(*p.shape[:2], 6, 5, 1),
        lambda p, key: jax.random.bernoulli(key, p).astype(jnp.float32).reshape(*p.shape[:2], 6, 5, 1),
        lambda p, weights: jnp.sum(weights[..., None] * p, axis=1, keepdims=True),
    )
    return whole._replace(**changes)


IMAGES = {"requires": ("data.image",)}


@planted("head", "compiled", "instead of a sum", **IMAGES)
def averages_over_pixels(params, context):
    """-log p(x) as a mean."""
    right = _head()
    return right._replace(
        negative_log_likelihood=lambda p, x, w: right.negative_log_likelihood(p, x, w) / 30**2
    )


@planted("head", "compiled", "where samples have", **IMAGES)
def has_another_mean(params, context):
    """E[x] that is not that of the samples."""
    right = _head()
    return right._replace(mean=lambda p: 1 - right.mean(p))


def _dataset(**changes):
    rng = np.random.default_rng(0)
    whole = Dataset(
        rng.integers(0, 256, (20, 4, 4, 1), np.uint8), (np.arange(20) % 2).astype(np.int32), np.arange(15),
        np.arange(15, 20), ("a", "b"), 255.0,
    )  # fmt: skip
    return whole._replace(**changes)


@planted("data", "contract", "another data set", provides=("data.image", "data.labels"))
def shuffles(params):
    """Another order each time."""
    order = np.array(random.SystemRandom().sample(range(20), 20))
    return _dataset(train=order[:15], test=order[15:])


@planted("data", "contract", "expected", provides=("data.features", "data.labels"))
def is_no_features(params):
    """Images that are declared as features."""
    return _dataset()


@planted("figure", "drawing", "must be a matplotlib `Figure`")
def draws_nothing(params, data):
    """None."""


@planted("figure", "drawing", "changes matplotlib's settings")
def leaves_a_trace(params, data):
    """Settings for everybody."""
    mpl.rcParams["lines.linewidth"] = mpl.rcParams["lines.linewidth"] + 1
    return Figure()
