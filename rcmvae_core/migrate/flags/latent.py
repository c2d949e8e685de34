"""Flags of the latent space, the encoder and the prior."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Idle, Lost, Outcome, Put, Say, Write, given, put, when
from rcmvae_core.migrate.meaning import asks_for_channels, conditioner, has_channels, prior
from rcmvae_core.migrate.values import boolean, choice, integer, integers, number


def _num_components(flags: Flags) -> Iterator[Outcome]:
    if has_channels(flags):
        yield from put("num_components", "latent.channels")(flags)
        return
    asked = flags["num_components"] if flags.gives("num_components") else 1
    why = "the standard prior has no channels"
    yield Put("latent.channels", 1, why if asked == 1 else f"not {asked}: {why}")
    if asked > 1:
        yield Say(
            "W501",
            f"the old system ignored `num_components: {asked}` under `prior_type: standard`, which has no channels; "
            "so `latent.channels` is 1",
            ("for channels write `prior_type: mixture`",),
        )


def _embedding(flags: Flags) -> Iterator[Outcome]:
    if flags.gives("component_embedding_dim"):
        yield Put("latent.embedding_dim", flags["component_embedding_dim"])
    elif conditioner(flags) != "none":
        yield Put("latent.embedding_dim", flags["latent_dim"], "the old default, latent_dim")


def _hidden(flags: Flags) -> Iterator[Outcome]:
    why = "" if flags.gives("hidden_dims") else "the old default"
    if flags["encoder_type"] == "dense":
        yield Put("encoder.dense.hidden", flags["hidden_dims"], why)
    if flags["decoder_type"] == "dense":
        yield Put("backbone.dense.hidden", flags["hidden_dims"][::-1], "those of the encoder, in reverse")
    if flags["encoder_type"] == flags["decoder_type"] == "conv" and flags.gives("hidden_dims"):
        yield Idle("convolutional nets did not read it")


def _prior(flags: Flags) -> Iterator[Outcome]:
    name, asking = prior(flags), asks_for_channels(flags)
    guessed = not flags.gives("prior_type") and bool(asking)
    yield Put(f"prior.{name}", why="" if flags.gives("prior_type") or guessed else "the old default")
    if guessed:
        yield Say(
            "W501",
            f"`prior_type` is absent: the old default, `standard`, has no channels, which `{asking[0]}` needs; the "
            "spec has `mixture`",
            ("write `prior_type: mixture`, or remove " + ", ".join(f"`{name}`" for name in asking),),
        )


def _learnable_pi(flags: Flags) -> Iterator[Outcome]:
    name = prior(flags)
    if name == "standard":
        if flags["learnable_pi"]:
            yield Lost("the standard prior has no channels, so there is no pi to learn")
    elif flags.gives("learnable_pi"):
        yield Put(f"prior.{name}.pi", "learned" if flags["learnable_pi"] else "uniform")
        if flags["learnable_pi"] and name == "vamp":
            yield Say(
                "W501",
                "the old system switched `learnable_pi` off under `prior_type: vamp`; here pi is learned",
            )


def _of(kind: str, flag: str, path: str) -> Write:
    """A flag of one prior."""
    return when(lambda flags: prior(flags) == kind, flag, put(flag, path), f"it is for prior_type {kind}")


def _vamp_samples(flags: Flags) -> Iterator[Outcome]:
    if flags["latent_layout"] == "shared":
        yield from put("vamp_num_samples_kl", "prior.vamp.samples")(flags)
    elif flags["vamp_num_samples_kl"] > 1:
        yield Lost("with a latent for each channel the KL is analytic, and nothing is sampled")
    elif flags.gives("vamp_num_samples_kl"):
        yield Idle("with a latent for each channel the KL is analytic, and nothing is sampled")


FLAGS = (
    Flag(
        "num_components",
        integer,
        _num_components,
        "`latent.channels`; 1 under the standard prior",
        default=10,
        home="latent",
    ),
    Flag("latent_dim", integer, put("latent_dim", "latent.dim"), "`latent.dim`", default=2, home="latent"),
    Flag(
        "latent_layout",
        choice("shared", "decentralized"),
        put("latent_layout", "latent.layout"),
        "`latent.layout`",
        default="shared",
        home="latent",
    ),
    Flag(
        "component_embedding_dim",
        integer,
        _embedding,
        "`latent.embedding_dim`; absent, `latent_dim`",
        home="latent",
    ),
    Flag(
        "hidden_dims",
        integers,
        _hidden,
        "`encoder.dense.hidden`, and in reverse `backbone.dense.hidden`",
        default=[256, 128, 64],
        home="encoder",
    ),
    Flag(
        "encoder_type",
        choice("dense", "conv"),
        lambda flags: [Put(f"encoder.{flags['encoder_type']}")],
        "`[encoder.dense]` or `[encoder.conv]`",
        default="dense",
        home="encoder",
    ),
    Flag(
        "prior_type",
        choice("standard", "mixture", "vamp", "geometric_mog"),
        _prior,
        "`[prior.NAME]`",
        default="standard",
        home="prior",
    ),
    Flag(
        "learnable_pi",
        boolean,
        _learnable_pi,
        '`pi = "learned"` or `"uniform"` of the prior',
        default=False,
        home="prior",
    ),
    Flag(
        "vamp_num_samples_kl",
        integer,
        when(
            lambda flags: prior(flags) == "vamp",
            "vamp_num_samples_kl",
            _vamp_samples,
            "it is for prior_type vamp",
        ),
        "`prior.vamp.samples`, where latents are shared",
        default=1,
        home="prior",
    ),
    Flag(
        "vamp_pseudo_init_method",
        choice("random", "kmeans"),
        _of("vamp", "vamp_pseudo_init_method", "prior.vamp.init"),
        "`prior.vamp.init`",
        default="random",
        home="prior",
    ),
    Flag(
        "vamp_pseudo_lr_scale",
        number,
        _of("vamp", "vamp_pseudo_lr_scale", "prior.vamp.learning_rate_factor"),
        "`prior.vamp.learning_rate_factor`",
        default=0.1,
        home="prior",
    ),
    Flag(
        "geometric_arrangement",
        choice("circle", "grid"),
        _of("geometric_mog", "geometric_arrangement", "prior.geometric_mog.arrangement"),
        "`prior.geometric_mog.arrangement`",
        default="circle",
        home="prior",
    ),
    Flag(
        "geometric_radius",
        number,
        _of("geometric_mog", "geometric_radius", "prior.geometric_mog.radius"),
        "`prior.geometric_mog.radius`",
        default=2.0,
        home="prior",
    ),
    Flag(
        "input_hw",
        integers,
        given("input_hw", lambda _: Idle("the shape is that of the data")),
        "nothing: the shape is that of the data",
        home="data",
    ),
)
