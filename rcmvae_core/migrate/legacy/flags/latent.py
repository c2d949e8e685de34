"""Translate the flags of the latent space, the encoder and the prior."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.errors import quoted
from rcmvae_core.migrate.legacy.derived import channel_flags, conditioner, has_channels, prior_type
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
    if_set,
    only_if,
)
from rcmvae_core.migrate.legacy.values import boolean, choice, integer, integers, number


def _num_components(flags: FlagValues) -> Iterator[Outcome]:
    if has_channels(flags):
        yield from copy_to("num_components", "latent.channels")(flags)
        return
    count = flags["num_components"] if flags.is_set("num_components") else 1
    why = "the standard prior has no channels"
    yield SetValue("latent.channels", 1, why if count == 1 else f"not {count}: {why}")
    if count > 1:
        yield Warn(
            "W501",
            f"the old system silently ignored `num_components: {count}` with `prior_type: standard`, which has no "
            "channels; `latent.channels` is 1",
            ("for channels write `prior_type: mixture`",),
        )


def _embedding(flags: FlagValues) -> Iterator[Outcome]:
    if flags.is_set("component_embedding_dim"):
        yield SetValue("latent.embedding_dim", flags["component_embedding_dim"])
    elif conditioner(flags) != "none":
        yield SetValue("latent.embedding_dim", flags["latent_dim"], "the old default, latent_dim")


def _hidden(flags: FlagValues) -> Iterator[Outcome]:
    why = "" if flags.is_set("hidden_dims") else "the old default"
    if flags["encoder_type"] == "dense":
        yield SetValue("encoder.dense.hidden", flags["hidden_dims"], why)
    if flags["decoder_type"] == "dense":
        yield SetValue("backbone.dense.hidden", flags["hidden_dims"][::-1], "as in the encoder, in reverse")
    if flags["encoder_type"] == flags["decoder_type"] == "conv" and flags.is_set("hidden_dims"):
        yield Unused("not used by convolutional networks")


def _prior(flags: FlagValues) -> Iterator[Outcome]:
    name, channel_names = prior_type(flags), channel_flags(flags)
    inferred = not flags.is_set("prior_type") and bool(channel_names)
    yield SetValue(f"prior.{name}", why="" if flags.is_set("prior_type") or inferred else "the old default")
    if inferred:
        yield Warn(
            "W501",
            f"`prior_type` is absent, and its old default, `standard`, has no channels, which `{channel_names[0]}` "
            "needs; the spec has `mixture`",
            (f"write `prior_type: mixture`, or remove {quoted(channel_names)}",),
        )


def _learnable_pi(flags: FlagValues) -> Iterator[Outcome]:
    name = prior_type(flags)
    if name == "standard":
        if flags["learnable_pi"]:
            yield Unsupported("the standard prior has no channels, so there is no pi to learn")
    elif flags.is_set("learnable_pi"):
        yield SetValue(f"prior.{name}.pi", "learned" if flags["learnable_pi"] else "uniform")
        if flags["learnable_pi"] and name == "vamp":
            yield Warn(
                "W501",
                "the old system silently ignored `learnable_pi` with `prior_type: vamp`; here pi is learned",
            )


def _for_prior(kind: str, flag: str, path: str) -> Translate:
    """Return the translation of a flag that one prior uses.

    Args:
        kind: the value of `prior_type`.
        flag: the flag.
        path: the path of its value in the spec.
    """
    return only_if(
        lambda flags: prior_type(flags) == kind,
        flag,
        copy_to(flag, path),
        f"only used with prior_type: {kind}",
    )


def _vamp_samples(flags: FlagValues) -> Iterator[Outcome]:
    if flags["latent_layout"] == "shared":
        yield from copy_to("vamp_num_samples_kl", "prior.vamp.samples")(flags)
    elif flags["vamp_num_samples_kl"] > 1:
        yield Unsupported("with a latent for each channel the KL is analytic and needs no samples")
    elif flags.is_set("vamp_num_samples_kl"):
        yield Unused("with a latent for each channel the KL is analytic and needs no samples")


FLAGS = (
    Flag(
        "num_components",
        integer,
        _num_components,
        "`latent.channels`; 1 with the standard prior",
        default=10,
        table="latent",
    ),
    Flag(
        "latent_dim", integer, copy_to("latent_dim", "latent.dim"), "`latent.dim`", default=2, table="latent"
    ),
    Flag(
        "latent_layout",
        choice("shared", "decentralized"),
        copy_to("latent_layout", "latent.layout"),
        "`latent.layout`",
        default="shared",
        table="latent",
    ),
    Flag(
        "component_embedding_dim",
        integer,
        _embedding,
        "`latent.embedding_dim`; if absent, `latent_dim`",
        table="latent",
    ),
    Flag(
        "hidden_dims",
        integers,
        _hidden,
        "`encoder.dense.hidden`, and in reverse `backbone.dense.hidden`",
        default=[256, 128, 64],
        table="encoder",
    ),
    Flag(
        "encoder_type",
        choice("dense", "conv"),
        lambda flags: [SetValue(f"encoder.{flags['encoder_type']}")],
        "`[encoder.dense]` or `[encoder.conv]`",
        default="dense",
        table="encoder",
    ),
    Flag(
        "prior_type",
        choice("standard", "mixture", "vamp", "geometric_mog"),
        _prior,
        "`[prior.NAME]`",
        default="standard",
        table="prior",
    ),
    Flag(
        "learnable_pi",
        boolean,
        _learnable_pi,
        '`pi = "learned"` or `"uniform"` of the prior',
        default=False,
        table="prior",
    ),
    Flag(
        "vamp_num_samples_kl",
        integer,
        only_if(
            lambda flags: prior_type(flags) == "vamp",
            "vamp_num_samples_kl",
            _vamp_samples,
            "only used with prior_type: vamp",
        ),
        "`prior.vamp.samples`, with a shared latent",
        default=1,
        table="prior",
    ),
    Flag(
        "vamp_pseudo_init_method",
        choice("random", "kmeans"),
        _for_prior("vamp", "vamp_pseudo_init_method", "prior.vamp.init"),
        "`prior.vamp.init`",
        default="random",
        table="prior",
    ),
    Flag(
        "vamp_pseudo_lr_scale",
        number,
        _for_prior("vamp", "vamp_pseudo_lr_scale", "prior.vamp.learning_rate_factor"),
        "`prior.vamp.learning_rate_factor`",
        default=0.1,
        table="prior",
    ),
    Flag(
        "geometric_arrangement",
        choice("circle", "grid"),
        _for_prior("geometric_mog", "geometric_arrangement", "prior.geometric_mog.arrangement"),
        "`prior.geometric_mog.arrangement`",
        default="circle",
        table="prior",
    ),
    Flag(
        "geometric_radius",
        number,
        _for_prior("geometric_mog", "geometric_radius", "prior.geometric_mog.radius"),
        "`prior.geometric_mog.radius`",
        default=2.0,
        table="prior",
    ),
    Flag(
        "input_hw",
        integers,
        if_set("input_hw", lambda _: Unused("the data set determines the shape")),
        "nothing: the data set determines the shape",
        table="data",
    ),
)
