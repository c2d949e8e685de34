"""Translate the flags of the objective."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.legacy.derived import (
    has_channel_term,
    has_channels,
    has_kl_channel,
    kl_includes_channel,
    linear_schedule,
    prior_type,
)
from rcmvae_core.migrate.legacy.flag import (
    Flag,
    FlagValues,
    Outcome,
    PartOf,
    SetValue,
    Translate,
    Unsupported,
    Unused,
    Warn,
    copy_to,
    if_set,
    only_if,
)
from rcmvae_core.migrate.legacy.values import boolean, choice, integer, number

MNIST_PIXELS = 784


def _reconstruction_weight(flags: FlagValues) -> Iterator[Outcome]:
    weight = flags["recon_weight"]
    why = "" if flags.is_set("recon_weight") else "the old default"
    yield SetValue("loss.reconstruction.reconstruction")
    if flags["use_heteroscedastic_decoder"] or flags["reconstruction_loss"] == "bce":
        yield SetValue("loss.reconstruction.weight", weight, why)
        return
    origin = f"{weight} / {MNIST_PIXELS} pixels" + (f"; {why}" if why else "")
    yield SetValue("loss.reconstruction.weight", weight / MNIST_PIXELS, origin)
    yield Warn(
        "W503",
        f"the old `reconstruction_loss: mse` was a mean over pixels, the new one is a sum: `recon_weight` is divided by "
        f"the {MNIST_PIXELS} pixels of MNIST",
        (f"if yours was a sum already, write weight = {weight} below [loss.reconstruction]",),
    )


def _kl_weight(flags: FlagValues) -> Iterator[Outcome]:
    summed = prior_type(flags) == "mixture" and flags["latent_layout"] == "decentralized"
    yield from copy_to("kl_weight", "loss.kl_z.weight")(flags)
    yield SetValue("loss.kl_z.kl_latent.reduce", "sum" if summed else "expected")


def _kl_c_weight(flags: FlagValues) -> Iterator[Outcome]:
    if has_kl_channel(flags):
        weight, epochs = flags["kl_c_weight"], flags["kl_c_anneal_epochs"]
        why = "" if flags.is_set("kl_c_weight") else "the old default"
        yield SetValue(
            "loss.kl_c.weight", linear_schedule(0.0, weight, epochs) if epochs > 0 else weight, why
        )
        yield SetValue("loss.kl_c.kl_channel")
    elif kl_includes_channel(flags) and flags["kl_c_weight"] != 0:
        why = "the KL against the mixture of a VampPrior already includes the channel, so a KL over c would count it twice"
        if flags.is_set("kl_c_weight"):
            yield Unsupported(why, ("with `latent_layout: decentralized` it is a separate term",))
        else:
            yield Warn("W503", f"`kl_c_weight` is absent, and its old default, 1, is not translated: {why}")
    elif flags.is_set("kl_c_weight"):
        yield Unused(_why_no_kl_c(flags))


def _why_no_kl_c(flags: FlagValues) -> str:
    """Return why there is no KL over channels where no VampPrior includes it."""
    return "c_regularizer is logit_mog" if has_channels(flags) else "the standard prior has no channels"


def _kl_c_anneal(flags: FlagValues) -> Iterator[Outcome]:
    if flags.is_set("kl_c_anneal_epochs") and flags["kl_c_anneal_epochs"] <= 0:
        yield Unused("0 epochs: the weight is constant")
    elif flags.is_set("kl_c_anneal_epochs") and not has_kl_channel(flags):
        yield Unused("the spec has no KL over c")
    elif flags.is_set("kl_c_anneal_epochs"):
        yield PartOf("loss.kl_c.weight")


def _c_regularizer(flags: FlagValues) -> Iterator[Outcome]:
    if has_channel_term(flags, "logit_mog"):
        yield SetValue("loss.logits.logit_mog")
    elif flags.is_set("c_regularizer"):
        yield Unused("it is loss.kl_c" if has_kl_channel(flags) else "the spec has no term over c")


def _for_logits(flag: str, path: str) -> Translate:
    return only_if(
        lambda flags: has_channel_term(flags, "logit_mog"), flag, copy_to(flag, path),
        "only used with c_regularizer: logit_mog or both",
    )  # fmt: skip


def _dirichlet_on(flags: FlagValues) -> bool:
    alpha = flags["dirichlet_alpha"]
    return bool(has_channels(flags) and flags["learnable_pi"] and alpha is not None and alpha > 0)


def _dirichlet_alpha(flags: FlagValues) -> Iterator[Outcome]:
    if not flags.is_set("dirichlet_alpha"):
        return
    if _dirichlet_on(flags):
        yield SetValue("loss.dirichlet.dirichlet.on", "pi")
        yield SetValue("loss.dirichlet.dirichlet.alpha", flags["dirichlet_alpha"])
    elif flags["dirichlet_alpha"] <= 0:
        yield Unused("off: not positive")
    else:
        yield Unsupported(
            "without learnable_pi: true pi is fixed, so a Dirichlet prior on it is constant",
            ('for a prior on q(c|x), add [loss.dirichlet.dirichlet] with on = "responsibilities"',),
        )


def _usage(flags: FlagValues) -> Iterator[Outcome]:
    weight = flags["component_diversity_weight"]
    if weight and has_channels(flags):
        yield SetValue("loss.usage.weight", weight)
        yield SetValue("loss.usage.usage_entropy")
    elif weight:
        yield Unsupported("the standard prior has no channels")
    elif flags.is_set("component_diversity_weight"):
        yield Unused("off")


def _unsupported_if_on(flag: str, why: str, *help_: str) -> Translate:
    """Return the translation of a flag without a counterpart, which had an effect unless zero or false.

    Args:
        flag: the flag.
        why: what is missing.
        help_: what to do.
    """
    return if_set(flag, lambda value: Unsupported(why, help_) if value else Unused("off"))


FLAGS = (
    Flag(
        "recon_weight",
        number,
        _reconstruction_weight,
        "`loss.reconstruction.weight`; with mse divided by the number of pixels",
        default=500.0,
        table="loss.reconstruction",
    ),
    Flag(
        "kl_weight",
        number,
        _kl_weight,
        '`loss.kl_z.weight`, with `reduce = "sum"` for a decentralized mixture and `"expected"` otherwise',
        default=5.0,
        table="loss.kl_z",
    ),
    Flag("kl_c_weight", number, _kl_c_weight, "`loss.kl_c.weight`", default=1.0, table="loss.kl_z"),
    Flag(
        "kl_c_anneal_epochs",
        integer,
        _kl_c_anneal,
        "a linear schedule of `loss.kl_c.weight`",
        default=0,
        table="loss.kl_z",
    ),
    Flag(
        "c_regularizer",
        choice("categorical", "logit_mog", "both"),
        _c_regularizer,
        "categorical: `[loss.kl_c.kl_channel]`; logit_mog: `[loss.logits.logit_mog]`; both: both",
        default="categorical",
        table="loss.kl_z",
    ),
    Flag(
        "c_logit_prior_weight",
        number,
        _for_logits("c_logit_prior_weight", "loss.logits.weight"),
        "`loss.logits.weight`",
        default=0.0,
        table="loss.kl_z",
    ),
    Flag(
        "c_logit_prior_mean",
        number,
        _for_logits("c_logit_prior_mean", "loss.logits.logit_mog.mean"),
        "`loss.logits.logit_mog.mean`",
        default=5.0,
        table="loss.kl_z",
    ),
    Flag(
        "c_logit_prior_sigma",
        number,
        _for_logits("c_logit_prior_sigma", "loss.logits.logit_mog.sigma"),
        "`loss.logits.logit_mog.sigma`",
        default=1.0,
        table="loss.kl_z",
    ),
    Flag(
        "dirichlet_alpha",
        number,
        _dirichlet_alpha,
        "`[loss.dirichlet.dirichlet]` on pi, if it is learned",
        table="loss.kl_z",
    ),
    Flag(
        "dirichlet_weight",
        number,
        only_if(
            _dirichlet_on,
            "dirichlet_weight",
            copy_to("dirichlet_weight", "loss.dirichlet.weight"),
            "only used with dirichlet_alpha and learnable_pi: true",
        ),
        "`loss.dirichlet.weight`",
        default=1.0,
        table="loss.kl_z",
    ),
    Flag(
        "component_diversity_weight",
        number,
        _usage,
        "`loss.usage.weight` of `usage_entropy`: negative encourages the use of many channels, positive of few",
        default=0.0,
        table="loss.kl_z",
    ),
    Flag(
        "use_contrastive",
        boolean,
        _unsupported_if_on(
            "use_contrastive",
            "the old contrastive term is not translated",
            "see the loss `supervised_contrastive`",
        ),
        "nothing; see the loss `supervised_contrastive`",
        table="loss.kl_z",
    ),
    Flag(
        "contrastive_weight",
        number,
        if_set("contrastive_weight", lambda _: Unused("only used with use_contrastive")),
        "nothing; see the loss `supervised_contrastive`",
        table="loss.kl_z",
    ),
    Flag(
        "l1_weight",
        number,
        _unsupported_if_on(
            "l1_weight", "there is no L1 penalty", "see the loss `l2`, and `weight_decay` of the optimizer"
        ),
        "nothing",
        table="loss.kl_z",
    ),
)
