"""Translate the flags of the decoder: conditioner, backbone and head."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rcmvae_core.migrate.legacy.derived import conditioner, prior_type
from rcmvae_core.migrate.legacy.flag import (
    Flag,
    FlagValues,
    Outcome,
    SetValue,
    Translate,
    Unsupported,
    Unused,
    Warn,
    copy_to,
    only_if,
)
from rcmvae_core.migrate.legacy.values import boolean, choice, number

_SIGMA_START = 0.2  # the default of `head.heteroscedastic.sigma_start`
_FILM_DROPPED = (
    "the old system silently dropped FiLM when `use_heteroscedastic_decoder` was also set; the spec has both",
    ("for the old decoder write [conditioner.none] instead of [conditioner.film]",),
)


def _silently_dropped(flags: FlagValues) -> Iterator[Outcome]:
    """Warn of conditioning that the old system ignored."""
    if conditioner(flags) == "film" and flags["use_heteroscedastic_decoder"]:
        yield Warn("W501", *_FILM_DROPPED)
    if conditioner(flags) != "none" and prior_type(flags) == "vamp":
        yield Warn(
            "W501",
            f"the old system silently ignored conditioning with `prior_type: vamp`; the spec has "
            f"`{conditioner(flags)}`",
        )


def _film(flags: FlagValues) -> Iterator[Outcome]:
    if flags["use_film_decoder"]:
        yield SetValue("conditioner.film")
        yield from _silently_dropped(flags)
    elif flags.is_set("use_film_decoder"):
        yield Unused("off")


def _component_aware(flags: FlagValues) -> Iterator[Outcome]:
    if flags["use_component_aware_decoder"]:
        yield SetValue("conditioner.component_aware")
        yield Warn(
            "W501",
            "later versions of the old system ignored `use_component_aware_decoder`; the spec has `component_aware`",
        )
        if not flags["use_film_decoder"]:
            yield from _silently_dropped(flags)
    elif flags.is_set("use_component_aware_decoder"):
        yield Unused("off")


def _conditioning(flags: FlagValues) -> Iterator[Outcome]:
    if flags.is_set("decoder_conditioning"):
        yield SetValue(f"conditioner.{flags['decoder_conditioning']}")
        if not flags["use_film_decoder"] and not flags["use_component_aware_decoder"]:
            yield from _silently_dropped(flags)
    elif conditioner(flags) == "none":
        yield SetValue("conditioner.none", why="the old default")


def _heteroscedastic(flags: FlagValues) -> Iterator[Outcome]:
    if not flags["use_heteroscedastic_decoder"]:
        if flags.is_set("use_heteroscedastic_decoder"):
            yield Unused("off: reconstruction_loss selects the head")
        return
    yield SetValue("head.heteroscedastic", why='log_sigma = "per_image" is the old loss')
    yield Warn(
        "W503",
        "the old loss counted log sigma once per image, which is not a likelihood of a summed error; the new one counts "
        "it for every pixel",
        ('to compare with old results write log_sigma = "per_image" below [head.heteroscedastic]',),
    )


def _sigma_min(flags: FlagValues) -> Iterator[Outcome]:
    low, high = flags["sigma_min"], flags["sigma_max"]
    yield from copy_to("sigma_min", "head.heteroscedastic.sigma_min")(flags)
    if low > 0 and not low < _SIGMA_START < high:
        yield SetValue(
            "head.heteroscedastic.sigma_start", math.sqrt(low * high), "between sigma_min and sigma_max"
        )


def _for_sigma(flag: str, write: Translate) -> Translate:
    return only_if(
        lambda flags: flags["use_heteroscedastic_decoder"], flag, write,
        "only used with use_heteroscedastic_decoder: true",
    )  # fmt: skip


def _reconstruction(flags: FlagValues) -> Iterator[Outcome]:
    loss = flags["reconstruction_loss"]
    if flags["use_heteroscedastic_decoder"]:
        if flags.is_set("reconstruction_loss"):
            yield Unused("the heteroscedastic head is a Gaussian likelihood")
        if loss == "bce":
            yield Warn(
                "W501",
                "the old system silently ignored `reconstruction_loss: bce` when `use_heteroscedastic_decoder` was "
                "set; the spec has the heteroscedastic head",
                ("for the Bernoulli likelihood write `use_heteroscedastic_decoder: false`",),
            )
    elif loss == "bce":
        yield SetValue("head.bernoulli")
    else:
        why = "-log p is the squared error plus a constant"
        yield SetValue(
            "head.gaussian", why="" if flags.is_set("reconstruction_loss") else "mse, the old default"
        )
        yield SetValue("head.gaussian.sigma", math.sqrt(0.5), why)


def _has_sigma_penalty(flags: FlagValues) -> bool:
    return bool(flags["use_sigma_regularization"] and flags["use_heteroscedastic_decoder"])


def _sigma_regularization(flags: FlagValues) -> Iterator[Outcome]:
    if _has_sigma_penalty(flags):
        yield SetValue("loss.sigma.sigma_penalty")
    elif flags["use_sigma_regularization"]:
        yield Unsupported("without use_heteroscedastic_decoder: true there is no sigma to regularise")
    elif flags.is_set("use_sigma_regularization"):
        yield Unused("off")


def _sigma_target(flags: FlagValues) -> Iterator[Outcome]:
    target = flags["sigma_target_mean"]
    if target <= 0:
        yield SetValue("loss.sigma.sigma_penalty.target", target)
        return
    yield SetValue("loss.sigma.sigma_penalty.target", math.log(target), f"the logarithm of {target}")
    if flags.is_set("sigma_target_mean"):
        yield Warn(
            "W503",
            f"`sigma_target_mean: {target}` is taken as a sigma; the new target is log sigma, so the spec has its logarithm",
            ("if it was a log sigma already, write it to loss.sigma.sigma_penalty.target",),
        )


def _for_regularization(flag: str, write: Translate) -> Translate:
    return only_if(
        _has_sigma_penalty,
        flag,
        write,
        "only used with use_sigma_regularization: true and use_heteroscedastic_decoder: true",
    )


FLAGS = (
    Flag("use_film_decoder", boolean, _film, "`[conditioner.film]`", default=False, table="conditioner"),
    Flag(
        "use_component_aware_decoder",
        boolean,
        _component_aware,
        "`[conditioner.component_aware]`",
        default=False,
        table="conditioner",
    ),
    Flag(
        "decoder_conditioning",
        choice("cin", "film", "concat", "none"),
        _conditioning,
        "`[conditioner.NAME]`",
        default="none",
        table="conditioner",
    ),
    Flag(
        "decoder_type",
        choice("dense", "conv"),
        lambda flags: [SetValue(f"backbone.{flags['decoder_type']}")],
        "`[backbone.dense]` or `[backbone.conv]`",
        default="dense",
        table="backbone",
    ),
    Flag(
        "use_heteroscedastic_decoder",
        boolean,
        _heteroscedastic,
        "`[head.heteroscedastic]`",
        default=False,
        table="head",
    ),
    Flag(
        "sigma_min",
        number,
        _for_sigma("sigma_min", _sigma_min),
        "`head.heteroscedastic.sigma_min`",
        default=0.05,
        table="head",
    ),
    Flag(
        "sigma_max",
        number,
        _for_sigma("sigma_max", copy_to("sigma_max", "head.heteroscedastic.sigma_max")),
        "`head.heteroscedastic.sigma_max`",
        default=0.5,
        table="head",
    ),
    Flag(
        "reconstruction_loss",
        choice("mse", "bce"),
        _reconstruction,
        "mse: `[head.gaussian]` with sigma = sqrt(1/2); bce: `[head.bernoulli]`",
        default="mse",
        table="head",
    ),
    Flag(
        "use_sigma_regularization",
        boolean,
        _sigma_regularization,
        "`[loss.sigma.sigma_penalty]`",
        default=False,
        table="head",
    ),
    Flag(
        "sigma_regularization_weight",
        number,
        _for_regularization(
            "sigma_regularization_weight", copy_to("sigma_regularization_weight", "loss.sigma.weight")
        ),
        "`loss.sigma.weight`",
        default=0.0,
        table="head",
    ),
    Flag(
        "sigma_target_mean",
        number,
        _for_regularization("sigma_target_mean", _sigma_target),
        "`loss.sigma.sigma_penalty.target`, as log sigma",
        default=0.1,
        table="head",
    ),
)
