"""Flags of the objective."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Idle, Into, Lost, Outcome, Put, Say, Write, given, put, when
from rcmvae_core.migrate.meaning import annealed, has_channels, is_marginal, prior, regularises
from rcmvae_core.migrate.values import boolean, choice, integer, number

MNIST_PIXELS = 784


def _reconstruction_weight(flags: Flags) -> Iterator[Outcome]:
    weight = flags["recon_weight"]
    why = "" if flags.gives("recon_weight") else "the old default"
    yield Put("loss.reconstruction.reconstruction")
    if flags["use_heteroscedastic_decoder"] or flags["reconstruction_loss"] == "bce":
        yield Put("loss.reconstruction.weight", weight, why)
        return
    origin = f"{weight} / {MNIST_PIXELS} pixels" + (f"; {why}" if why else "")
    yield Put("loss.reconstruction.weight", weight / MNIST_PIXELS, origin)
    yield Say(
        "W503",
        f"the old `reconstruction_loss: mse` was a mean over pixels, the new one is a sum: `recon_weight` is divided "
        f"by MNIST's {MNIST_PIXELS} pixels",
        (f"if yours was a sum already, write weight = {weight} below [loss.reconstruction]",),
    )


def _kl_weight(flags: Flags) -> Iterator[Outcome]:
    summed = prior(flags) == "mixture" and flags["latent_layout"] == "decentralized"
    yield from put("kl_weight", "loss.kl_z.weight")(flags)
    yield Put("loss.kl_z.kl_latent.reduce", "sum" if summed else "expected")


def _kl_c(flags: Flags) -> bool:
    return regularises(flags, "categorical") and not is_marginal(flags)


def _kl_c_weight(flags: Flags) -> Iterator[Outcome]:
    if _kl_c(flags):
        weight, epochs = flags["kl_c_weight"], flags["kl_c_anneal_epochs"]
        why = "" if flags.gives("kl_c_weight") else "the old default"
        yield Put("loss.kl_c.weight", annealed(0.0, weight, epochs) if epochs > 0 else weight, why)
        yield Put("loss.kl_c.kl_channel")
    elif is_marginal(flags) and flags["kl_c_weight"] != 0:
        why = (
            "the KL against VampPrior's mixture counts the channel already, so KL over c would count it twice"
        )
        if flags.gives("kl_c_weight"):
            yield Lost(why, ("with `latent_layout: decentralized` the term is its own",))
        else:
            yield Say("W503", f"`kl_c_weight` was 1 where absent, and there is no such term: {why}")
    elif flags.gives("kl_c_weight"):
        yield Idle(_why_no_kl_c(flags))


def _why_no_kl_c(flags: Flags) -> str:
    return "c_regularizer is logit_mog" if has_channels(flags) else "the standard prior has no channels"


def _kl_c_anneal(flags: Flags) -> Iterator[Outcome]:
    if flags.gives("kl_c_anneal_epochs") and flags["kl_c_anneal_epochs"] <= 0:
        yield Idle("0 epochs: the weight is constant")
    elif flags.gives("kl_c_anneal_epochs") and not _kl_c(flags):
        yield Idle("there is no KL over c")
    elif flags.gives("kl_c_anneal_epochs"):
        yield Into("loss.kl_c.weight")


def _c_regularizer(flags: Flags) -> Iterator[Outcome]:
    if regularises(flags, "logit_mog"):
        yield Put("loss.logits.logit_mog")
    elif flags.gives("c_regularizer"):
        yield Idle("the KL over c, loss.kl_c" if _kl_c(flags) else "there is no term over c")


def _for_logits(flag: str, path: str) -> Write:
    return when(
        lambda flags: regularises(flags, "logit_mog"), flag, put(flag, path),
        "it is for c_regularizer logit_mog or both",
    )  # fmt: skip


def _dirichlet_on(flags: Flags) -> bool:
    alpha = flags["dirichlet_alpha"]
    return bool(has_channels(flags) and flags["learnable_pi"] and alpha is not None and alpha > 0)


def _dirichlet_alpha(flags: Flags) -> Iterator[Outcome]:
    if not flags.gives("dirichlet_alpha"):
        return
    if _dirichlet_on(flags):
        yield Put("loss.dirichlet.dirichlet.on", "pi")
        yield Put("loss.dirichlet.dirichlet.alpha", flags["dirichlet_alpha"])
    elif flags["dirichlet_alpha"] <= 0:
        yield Idle("0 and less switched the Dirichlet prior off")
    else:
        yield Lost(
            "pi is fixed without learnable_pi: true, so a Dirichlet prior on it is a constant",
            ('to act on q(c|x) instead, add [loss.dirichlet.dirichlet] with on = "responsibilities"',),
        )


def _usage(flags: Flags) -> Iterator[Outcome]:
    weight = flags["component_diversity_weight"]
    if weight and has_channels(flags):
        yield Put("loss.usage.weight", weight)
        yield Put("loss.usage.usage_entropy")
    elif weight:
        yield Lost("the standard prior has no channels")
    elif flags.gives("component_diversity_weight"):
        yield Idle("0: no such term")


def _positive(flag: str, why: str, *help_: str) -> Write:
    """Of a flag without counterpart, lost unless it is zero or false."""
    return given(flag, lambda value: Lost(why, help_) if value else Idle("not asked for"))


FLAGS = (
    Flag(
        "recon_weight",
        number,
        _reconstruction_weight,
        "`loss.reconstruction.weight`; under mse divided by the pixels",
        default=500.0,
        home="loss.reconstruction",
    ),
    Flag(
        "kl_weight",
        number,
        _kl_weight,
        '`loss.kl_z.weight`, with `reduce = "sum"` under a decentralized mixture and else `"expected"`',
        default=5.0,
        home="loss.kl_z",
    ),
    Flag("kl_c_weight", number, _kl_c_weight, "`loss.kl_c.weight`", default=1.0, home="loss.kl_z"),
    Flag(
        "kl_c_anneal_epochs",
        integer,
        _kl_c_anneal,
        "a linear schedule of `loss.kl_c.weight`",
        default=0,
        home="loss.kl_z",
    ),
    Flag(
        "c_regularizer",
        choice("categorical", "logit_mog", "both"),
        _c_regularizer,
        "categorical: `[loss.kl_c.kl_channel]`; logit_mog: `[loss.logits.logit_mog]`; both: both",
        default="categorical",
        home="loss.kl_z",
    ),
    Flag(
        "c_logit_prior_weight",
        number,
        _for_logits("c_logit_prior_weight", "loss.logits.weight"),
        "`loss.logits.weight`",
        default=0.0,
        home="loss.kl_z",
    ),
    Flag(
        "c_logit_prior_mean",
        number,
        _for_logits("c_logit_prior_mean", "loss.logits.logit_mog.mean"),
        "`loss.logits.logit_mog.mean`",
        default=5.0,
        home="loss.kl_z",
    ),
    Flag(
        "c_logit_prior_sigma",
        number,
        _for_logits("c_logit_prior_sigma", "loss.logits.logit_mog.sigma"),
        "`loss.logits.logit_mog.sigma`",
        default=1.0,
        home="loss.kl_z",
    ),
    Flag(
        "dirichlet_alpha",
        number,
        _dirichlet_alpha,
        "`[loss.dirichlet.dirichlet]` on a learned pi",
        home="loss.kl_z",
    ),
    Flag(
        "dirichlet_weight",
        number,
        when(
            _dirichlet_on,
            "dirichlet_weight",
            put("dirichlet_weight", "loss.dirichlet.weight"),
            "it is for a dirichlet_alpha with learnable_pi: true",
        ),
        "`loss.dirichlet.weight`",
        default=1.0,
        home="loss.kl_z",
    ),
    Flag(
        "component_diversity_weight",
        number,
        _usage,
        "`loss.usage.weight` of `usage_entropy`: negative spreads, positive sparsifies",
        default=0.0,
        home="loss.kl_z",
    ),
    Flag(
        "use_contrastive",
        boolean,
        _positive(
            "use_contrastive",
            "the old contrastive term is not translated",
            "see the loss `supervised_contrastive`",
        ),
        "nothing; see the loss `supervised_contrastive`",
        home="loss.kl_z",
    ),
    Flag(
        "contrastive_weight",
        number,
        given("contrastive_weight", lambda _: Idle("it is for use_contrastive")),
        "nothing; see the loss `supervised_contrastive`",
        home="loss.kl_z",
    ),
    Flag(
        "l1_weight",
        number,
        _positive("l1_weight", "there is no L1 penalty", "see the loss `l2`, or `weight_decay`"),
        "nothing",
        home="loss.kl_z",
    ),
)
