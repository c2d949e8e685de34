"""Flags of the decoder: conditioner, backbone and head."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Idle, Lost, Outcome, Put, Say, Write, put, when
from rcmvae_core.migrate.meaning import conditioner, prior
from rcmvae_core.migrate.values import boolean, choice, number

_SIGMA_START = 0.2  # where the heteroscedastic head starts unless told
_DROPPED = (
    "the old system silently dropped FiLM when `use_heteroscedastic_decoder` was also set; the spec has both",
    ("for the old decoder write [conditioner.none] instead of [conditioner.film]",),
)


def _silently_dropped(flags: Flags) -> Iterator[Outcome]:
    if conditioner(flags) == "film" and flags["use_heteroscedastic_decoder"]:
        yield Say("W501", *_DROPPED)
    if conditioner(flags) != "none" and prior(flags) == "vamp":
        yield Say(
            "W501",
            f"the old system gave the decoder no conditioning under `prior_type: vamp`; the spec has "
            f"`{conditioner(flags)}`, as asked for",
        )


def _film(flags: Flags) -> Iterator[Outcome]:
    if flags["use_film_decoder"]:
        yield Put("conditioner.film")
        yield from _silently_dropped(flags)
    elif flags.gives("use_film_decoder"):
        yield Idle("not asked for")


def _component_aware(flags: Flags) -> Iterator[Outcome]:
    if flags["use_component_aware_decoder"]:
        yield Put("conditioner.component_aware")
        yield Say(
            "W501",
            "later versions of the old system ignored `use_component_aware_decoder`; the spec has `component_aware`, "
            "as asked for",
        )
        if not flags["use_film_decoder"]:
            yield from _silently_dropped(flags)
    elif flags.gives("use_component_aware_decoder"):
        yield Idle("not asked for")


def _conditioning(flags: Flags) -> Iterator[Outcome]:
    if flags.gives("decoder_conditioning"):
        yield Put(f"conditioner.{flags['decoder_conditioning']}")
        if not flags["use_film_decoder"] and not flags["use_component_aware_decoder"]:
            yield from _silently_dropped(flags)
    elif conditioner(flags) == "none":
        yield Put("conditioner.none", why="the old default")


def _heteroscedastic(flags: Flags) -> Iterator[Outcome]:
    if not flags["use_heteroscedastic_decoder"]:
        if flags.gives("use_heteroscedastic_decoder"):
            yield Idle("the head is that of reconstruction_loss")
        return
    yield Put("head.heteroscedastic", why='log_sigma = "per_image" is the old loss')
    yield Say(
        "W503",
        "the old loss had log sigma once an image, which is no likelihood of a summed error; the new one counts it "
        "for every pixel",
        ('to compare with old results write log_sigma = "per_image" below [head.heteroscedastic]',),
    )


def _sigma_min(flags: Flags) -> Iterator[Outcome]:
    low, high = flags["sigma_min"], flags["sigma_max"]
    yield from put("sigma_min", "head.heteroscedastic.sigma_min")(flags)
    if low > 0 and not low < _SIGMA_START < high:
        yield Put("head.heteroscedastic.sigma_start", math.sqrt(low * high), "between the two")


def _for_sigma(flag: str, write: Write) -> Write:
    return when(
        lambda flags: flags["use_heteroscedastic_decoder"], flag, write,
        "it is for use_heteroscedastic_decoder: true",
    )  # fmt: skip


def _reconstruction(flags: Flags) -> Iterator[Outcome]:
    loss = flags["reconstruction_loss"]
    if flags["use_heteroscedastic_decoder"]:
        if flags.gives("reconstruction_loss"):
            yield Idle("the heteroscedastic head is a Gaussian likelihood")
        if flags.gives("reconstruction_loss") and loss == "bce":
            yield Say(
                "W501",
                "the old system silently ignored `reconstruction_loss: bce` when `use_heteroscedastic_decoder` was "
                "set; the spec has the heteroscedastic head",
                ("for the Bernoulli likelihood write `use_heteroscedastic_decoder: false`",),
            )
    elif loss == "bce":
        yield Put("head.bernoulli")
    else:
        why = "-log p is then the squared error and a constant"
        yield Put("head.gaussian", why="" if flags.gives("reconstruction_loss") else "mse, the old default")
        yield Put("head.gaussian.sigma", math.sqrt(0.5), why)


def _regularised(flags: Flags) -> bool:
    return bool(flags["use_sigma_regularization"] and flags["use_heteroscedastic_decoder"])


def _sigma_regularization(flags: Flags) -> Iterator[Outcome]:
    if _regularised(flags):
        yield Put("loss.sigma.sigma_penalty")
    elif flags["use_sigma_regularization"]:
        yield Lost("there is no sigma to regularise without use_heteroscedastic_decoder: true")
    elif flags.gives("use_sigma_regularization"):
        yield Idle("not asked for")


def _sigma_target(flags: Flags) -> Iterator[Outcome]:
    target = flags["sigma_target_mean"]
    if target <= 0:
        yield Put("loss.sigma.sigma_penalty.target", target)
        return
    yield Put("loss.sigma.sigma_penalty.target", math.log(target), f"the logarithm of {target}")
    if flags.gives("sigma_target_mean"):
        yield Say(
            "W503",
            f"`sigma_target_mean: {target}` is read as a sigma; the new target is of log sigma, so its logarithm",
            ("a value that is meant for log sigma goes to loss.sigma.sigma_penalty.target as it is",),
        )


def _for_regularization(flag: str, write: Write) -> Write:
    return when(_regularised, flag, write, "it is for use_sigma_regularization: true with sigma")


FLAGS = (
    Flag("use_film_decoder", boolean, _film, "`[conditioner.film]`", default=False, home="conditioner"),
    Flag(
        "use_component_aware_decoder",
        boolean,
        _component_aware,
        "`[conditioner.component_aware]`",
        default=False,
        home="conditioner",
    ),
    Flag(
        "decoder_conditioning",
        choice("cin", "film", "concat", "none"),
        _conditioning,
        "`[conditioner.NAME]`",
        default="none",
        home="conditioner",
    ),
    Flag(
        "decoder_type",
        choice("dense", "conv"),
        lambda flags: [Put(f"backbone.{flags['decoder_type']}")],
        "`[backbone.dense]` or `[backbone.conv]`",
        default="dense",
        home="backbone",
    ),
    Flag(
        "use_heteroscedastic_decoder",
        boolean,
        _heteroscedastic,
        "`[head.heteroscedastic]`",
        default=False,
        home="head",
    ),
    Flag(
        "sigma_min",
        number,
        _for_sigma("sigma_min", _sigma_min),
        "`head.heteroscedastic.sigma_min`",
        default=0.05,
        home="head",
    ),
    Flag(
        "sigma_max",
        number,
        _for_sigma("sigma_max", put("sigma_max", "head.heteroscedastic.sigma_max")),
        "`head.heteroscedastic.sigma_max`",
        default=0.5,
        home="head",
    ),
    Flag(
        "reconstruction_loss",
        choice("mse", "bce"),
        _reconstruction,
        "mse: `[head.gaussian]` with sigma = sqrt(1/2); bce: `[head.bernoulli]`",
        default="mse",
        home="head",
    ),
    Flag(
        "use_sigma_regularization",
        boolean,
        _sigma_regularization,
        "`[loss.sigma.sigma_penalty]`",
        default=False,
        home="head",
    ),
    Flag(
        "sigma_regularization_weight",
        number,
        _for_regularization(
            "sigma_regularization_weight", put("sigma_regularization_weight", "loss.sigma.weight")
        ),
        "`loss.sigma.weight`",
        default=0.0,
        home="head",
    ),
    Flag(
        "sigma_target_mean",
        number,
        _for_regularization("sigma_target_mean", _sigma_target),
        "`loss.sigma.sigma_penalty.target`, its logarithm",
        default=0.1,
        home="head",
    ),
)
