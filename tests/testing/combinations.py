"""Every combination of the model's plugins: as a spec, as the result of validation, and as a small model."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import jax
import numpy as np

from rcmvae_core.errors import SpecError
from rcmvae_core.model.model import Model, build_model
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.parse import parse
from rcmvae_core.spec.resolve import resolve_layers

# Parameters that change which code of a plugin runs.
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "routing": ("soft", "soft = { top_m = 2 }", "gumbel", "gumbel = { top_m = 2, straight_through = true }"),
    "head": (
        "bernoulli",
        'gaussian = { mode = "fixed" }',
        'gaussian = { mode = "learned" }',
        'gaussian = { mode = "optimal" }',
        'heteroscedastic = { scale = "image" }',
        'heteroscedastic = { scale = "pixel" }',
        "categorical = { levels = 3 }",
        "poisson",
        'negative_binomial = { theta = "predicted" }',
        'zero_inflated_negative_binomial = { theta = "shared", size = "none" }',
    ),
}
SIZES: Mapping[str, str] = {
    "encoder.dense": "hidden = [5]",
    "backbone.dense": "hidden = [5, 4]",
    "encoder.conv": "features = [3, 4]",
    "encoder.resnet": "widths = [4]\nblocks = [1]\nstrides = [2]\ngroups = 2\nhidden = [5]",
    "backbone.conv": "features = [4, 3]",
}
LAYOUTS = ("decentralized", "shared")
AXES = ("layout", "prior", "routing", "conditioner", "backbone", "head")
IMAGE, CHANNELS = (6, 5, 1), 3


class Combination(NamedTuple):
    """A choice for each axis, as in a spec."""

    layout: str
    prior: str
    routing: str
    conditioner: str
    backbone: str
    head: str

    @property
    def channels(self) -> int:
        """One for the prior without channels."""
        return 1 if self.prior == "standard" else CHANNELS

    @property
    def is_plain(self) -> bool:
        """Whether every choice is the first variant of its plugin."""
        return all(
            choice == next(c for c in choices(axis) if c.split(" ")[0] == choice.split(" ")[0])
            for axis, choice in zip(AXES[1:], self[1:], strict=True)
        )

    def __str__(self) -> str:
        return "-".join(part.replace(" = ", ":").replace(" ", "") for part in self)


@cache
def registry():
    """The registry of built-in plugins."""
    return discover("only:rcmvae")


def names(kind: str) -> tuple[str, ...]:
    """The plugins of a kind for the data of these specs: not those that need the columns of a table."""
    return tuple(
        name
        for name in registry().names(kind)
        if not any("data.columns" in each.plugin.requires for each in registry().claims(kind, name))
    )


def choices(kind: str) -> tuple[str, ...]:
    """The choices for a kind: each plugin, or its variants."""
    variants = VARIANTS.get(kind, ())
    plain = [name for name in names(kind) if not any(v.split(" ")[0] == name for v in variants)]
    return (*plain, *variants)


def every() -> list[Combination]:
    """The full cross product."""
    return [Combination(*values) for values in itertools.product(LAYOUTS, *map(choices, AXES[1:]))]


def pairwise() -> Iterator[Combination]:
    """Valid combinations, few of them, that contain every valid pair of choices."""
    valid = [combination for combination in every() if representative(combination) is None]
    missing = {pair for combination in valid for pair in _pairs(combination)}
    while missing:
        best = max(valid, key=lambda c: len(_pairs(c) & missing))
        missing -= _pairs(best)
        yield best


def _pairs(combination: Combination) -> set[tuple[tuple[int, str], tuple[int, str]]]:
    return set(itertools.combinations(enumerate(combination), 2))


def text(combination: Combination, losses: Mapping[str, str], *, encoder: str = "dense") -> str:
    """The spec of a combination."""
    lines = [
        "[data.digits]", "[latent]", f"channels = {combination.channels}", "dim = 2", "embedding_dim = 3",
        f'layout = "{combination.layout}"', "[classifier]" if combination.channels == 1 else "[classifier.tau]",
        "[train]", "epochs = 1", "[train.optimizer.adam]",
    ]  # fmt: skip
    for kind, choice in zip(AXES[1:], combination[1:], strict=True):
        name, _, table = choice.partition(" = ")
        lines += [f"[{kind}.{name}]", table.strip("{ }").replace(", ", "\n"), SIZES.get(f"{kind}.{name}", "")]
    lines += [f"[encoder.{encoder}]", SIZES[f"encoder.{encoder}"]]
    for name, table in losses.items():
        lines += [f"[loss.{name}.{name}]", table]
    return "\n".join(lines)


def resolved(combination: Combination, losses: Mapping[str, str], *, encoder: str = "dense") -> ResolvedSpec:
    """The combination, resolved."""
    spec = parse(text(combination, losses, encoder=encoder).encode(), str(combination))
    return resolve_layers([spec], registry())


def verdict(combination: Combination, losses: Mapping[str, str] | None = None) -> str | None:
    """None if the combination is valid; else every code and reason."""
    chosen = {"reconstruction": "", "kl_latent": ""} if losses is None else losses
    try:
        resolved(combination, chosen)
    except SpecError as error:
        return "; ".join(f"{d.code}: {d.message}" for d in error.diagnostics)
    return None


@cache
def _representative(layout: str, prior: str, conditioner: str) -> str | None:
    return verdict(Combination(layout, prior, "soft", conditioner, "dense", "bernoulli"))


def representative(combination: Combination) -> str | None:
    """The verdict of the same layout, prior and conditioner with default plugins; a test shows that it is equal."""
    return _representative(combination.layout, combination.prior, combination.conditioner)


# The parameters of each loss; one whose parameters change which code runs has several.
LOSSES: Mapping[str, tuple[str, ...]] = {
    "reconstruction": ("", 'mode = "blended"'),
    "kl_latent": ('reduce = "expected"', 'reduce = "sum"'),
    "channel_consistency": ("augmentation.noise = {}",),
    "label_consistency": ("augmentation.noise = {}",),
    "pseudo_channel": ('strong.noise = {}\ntarget = "model"', "strong.noise = {}"),
    "cross_view": ("strong.noise = {}",),
    "dirichlet": ('on = "responsibilities"', 'on = "pi"'),
    "supervised_contrastive": ('features = "responsibilities"', 'features = "latent"'),
}


def losses_that_apply(combination: Combination) -> dict[str, str]:
    """Every loss that is valid with a combination, in its first valid variant."""
    losses: dict[str, str] = {"reconstruction": "", "kl_latent": ""}
    for name in registry().names("loss"):
        for variant in LOSSES.get(name, ("",)):
            if verdict(combination, {**losses, name: variant}) is None:
                losses[name] = variant
                break
    return losses


def make(combination: Combination, losses: Mapping[str, str], *, encoder: str = "dense") -> Model:
    """The model, without data."""
    spec = resolved(combination, losses, encoder=encoder)
    context = BuildContext(
        input_shape=IMAGE,
        examples=20,
        labelled=6,
        classes=3,
        channels=spec.latent.channels,
        dim=2,
        embedding_dim=3,
        layout=spec.latent.layout,
        steps_per_epoch=4,
        epochs=2,
    )
    return build_model(spec, context)


def inputs(count: int, seed: int = 0) -> jax.Array:
    """Images in [0, 1]."""
    return jax.device_put(np.random.default_rng(seed).random((count, *IMAGE), np.float32))
