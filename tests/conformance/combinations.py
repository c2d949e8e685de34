"""Every combination of the model's parts: as a spec, as a verdict of validation, and as a model of tiny size."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import jax
import numpy as np

from rcmvae_core.discovery import discover
from rcmvae_core.errors import SpecError
from rcmvae_core.model import Model, build
from rcmvae_core.protocols import Context
from rcmvae_core.resolve import ResolvedSpec, resolve, slots
from rcmvae_core.spec import merge, parse

# Variants beside the default of each plugin: parameters that change which code runs.
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "routing": ("soft", "soft = { top_m = 2 }", "gumbel", "gumbel = { top_m = 2, straight_through = true }"),
    "head": (
        "bernoulli",
        'gaussian = { mode = "fixed" }',
        'gaussian = { mode = "learned" }',
        'gaussian = { mode = "optimal" }',
        'heteroscedastic = { scale = "image" }',
        'heteroscedastic = { scale = "pixel" }',
    ),
}
SIZES: Mapping[str, str] = {
    "encoder.dense": "hidden = [5]",
    "backbone.dense": "hidden = [5, 4]",
    "encoder.conv": "features = [3, 4]",
    "backbone.conv": "features = [4, 3]",
}
LAYOUTS = ("decentralized", "shared")
AXES = ("layout", "prior", "routing", "conditioner", "backbone", "head")
IMAGE, CHANNELS = (6, 5, 1), 3


class Combination(NamedTuple):
    """A choice for each axis, as the spec writes it."""

    layout: str
    prior: str
    routing: str
    conditioner: str
    backbone: str
    head: str

    @property
    def channels(self) -> int:
        """One for the prior without channels, which has no use for more."""
        return 1 if self.prior == "standard" else CHANNELS

    @property
    def is_plain(self) -> bool:
        """Whether it names plugins only: of each one's variants the first."""
        return all(
            choice == next(c for c in choices(axis) if c.split(" ")[0] == choice.split(" ")[0])
            for axis, choice in zip(AXES[1:], self[1:], strict=True)
        )

    def __str__(self) -> str:
        return "-".join(part.replace(" = ", ":").replace(" ", "") for part in self)


@cache
def registry():
    """The built-ins alone."""
    return discover("only:rcmvae")


def choices(kind: str) -> tuple[str, ...]:
    """What a spec may write for a kind: each plugin, and its variants."""
    variants = VARIANTS.get(kind, ())
    plain = [name for name in registry().names(kind) if not any(v.split(" ")[0] == name for v in variants)]
    return (*plain, *variants)


def every() -> list[Combination]:
    """The full cross product."""
    return [Combination(*values) for values in itertools.product(LAYOUTS, *map(choices, AXES[1:]))]


def pairwise() -> Iterator[Combination]:
    """So many valid combinations that each valid pair of choices occurs in one."""
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
    """The combination, checked."""
    spec = parse(text(combination, losses, encoder=encoder).encode(), str(combination))
    return resolve(merge([spec], slots(registry())), registry())


def verdict(combination: Combination, losses: Mapping[str, str] | None = None) -> str | None:
    """None when validation lets it through; else every code and reason."""
    chosen = {"reconstruction": "", "kl_latent": ""} if losses is None else losses
    try:
        resolved(combination, chosen)
    except SpecError as error:
        return "; ".join(f"{d.code}: {d.message}" for d in error.diagnostics)
    return None


@cache
def _asked(layout: str, prior: str, conditioner: str) -> str | None:
    return verdict(Combination(layout, prior, "soft", conditioner, "dense", "bernoulli"))


def representative(combination: Combination) -> str | None:
    """The verdict of the same layout, prior and conditioner with other parts; a test shows that it is the same."""
    return _asked(combination.layout, combination.prior, combination.conditioner)


# What each loss needs beside its name; one with parameters that choose its code stands once for each choice.
LOSSES: Mapping[str, tuple[str, ...]] = {
    "reconstruction": ("", 'mode = "blended"'),
    "kl_latent": ('reduce = "expected"', 'reduce = "sum"'),
    "channel_consistency": ("augmentation.noise = {}",),
    "label_consistency": ("augmentation.noise = {}",),
    "dirichlet": ('on = "responsibilities"', 'on = "pi"'),
    "supervised_contrastive": ('features = "responsibilities"', 'features = "latent"'),
}


def losses_that_apply(combination: Combination) -> dict[str, str]:
    """Every loss that validation allows with a combination, in its first variant that it allows."""
    found: dict[str, str] = {"reconstruction": "", "kl_latent": ""}
    for name in registry().names("loss"):
        for variant in LOSSES.get(name, ("",)):
            if verdict(combination, {**found, name: variant}) is None:
                found[name] = variant
                break
    return found


def make(combination: Combination, losses: Mapping[str, str], *, encoder: str = "dense") -> Model:
    """The model, without data."""
    spec = resolved(combination, losses, encoder=encoder)
    context = Context(
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
    return build(spec, context)


def inputs(count: int, seed: int = 0) -> jax.Array:
    """Images in [0, 1]."""
    return jax.device_put(np.random.default_rng(seed).random((count, *IMAGE), np.float32))
