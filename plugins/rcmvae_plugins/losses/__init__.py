"""Declares losses: terms of the objective, one value per example."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.losses"


def _loss(
    name: str,
    module: str,
    summary: str,
    *,
    params: str | None = None,
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
    conflicts: tuple[str, ...] = (),
) -> Plugin:
    """Return the declaration of a loss.

    Args:
        name: of the loss and of its builder.
        module: of the builder, in this family.
        summary: one sentence.
        params: the class of its parameters in `params`; None if it has none.
        provides: capabilities that it provides.
        requires: capabilities that it requires.
        conflicts: capabilities that exclude it.
    """
    return Plugin(
        "loss",
        name,
        summary=summary,
        impl=f"{_FAMILY}.{module}:{name}",
        params=f"{_FAMILY}.params:{params}" if params else "rcmvae_core.plugin.parameters:NoParams",
        provides=provides,
        requires=requires,
        conflicts=conflicts,
    )


PLUGINS: tuple[Plugin, ...] = (
    _loss(
        "reconstruction",
        "elbo",
        "-log p(x|z, c), expected over the decoded channels.",
        params="ReconstructionParams",
        provides=("loss.reconstruction",),
    ),
    _loss(
        "kl_latent",
        "elbo",
        "KL(q(z|x) || p(z|c)), expected over channels or summed.",
        params="KlLatentParams",
        provides=("loss.kl_latent",),
    ),
    _loss(
        "kl_channel",
        "elbo",
        "KL(q(c|x) || pi).",
        provides=("loss.kl_channel",),
        requires=("latent.channels",),
        conflicts=("prior.marginal",),
    ),
    _loss(
        "dirichlet",
        "channel_densities",
        "Dirichlet density of pi or of q(c|x), which makes channel probabilities even or sparse.",
        params="DirichletParams",
        requires=("latent.channels",),
    ),
    _loss(
        "mixture_map",
        "mixture_map",
        "Priors of a mixture's weights and variances: sparse weights use fewer channels, and no variance vanishes.",
        params="MixtureMapParams",
        requires=("prior.learned_pi", "prior.learned_variances"),
    ),
    _loss(
        "usage_entropy",
        "entropies",
        "Entropy of channel usage: a positive weight makes usage sparse, a negative one uniform.",
        requires=("latent.channels",),
    ),
    _loss(
        "class_usage",
        "class_usage",
        "KL from the class prior to the shares of predicted classes: classes are used as often as the labels say.",
        params="ClassUsageParams",
        provides=("loss.class_shares",),
        requires=("classifier.tau", "labels.some"),
    ),
    _loss(
        "responsibility_entropy",
        "entropies",
        "Entropy of q(c|x): a positive weight makes each input choose one channel.",
        requires=("latent.channels",),
    ),
    _loss(
        "logit_mog",
        "channel_densities",
        "Mixture of Gaussians over channel logits, one per channel: each input chooses a channel by a margin.",
        params="LogitMogParams",
        requires=("latent.channels",),
    ),
    _loss(
        "embedding_repulsion",
        "penalties",
        "Pushes the embeddings of channels apart.",
        params="EmbeddingRepulsionParams",
        requires=("channels.many", "decoder.channels"),
    ),
    _loss(
        "mmd",
        "mmd",
        "Maximum mean discrepancy of the batch's latents from the prior, which shapes the aggregate posterior.",
        params="MmdParams",
    ),
    _loss(
        "supervised",
        "supervised",
        "-log p(y|x) of the labelled batch, predicted through tau.",
        params="SupervisedParams",
        requires=("classifier.tau", "labels.some"),
    ),
    _loss(
        "supervised_contrastive",
        "supervised",
        "Pulls labelled inputs of the same class together and pushes those of different classes apart.",
        params="SupervisedContrastiveParams",
        requires=("labels.some",),
    ),
    _loss(
        "channel_consistency",
        "consistency",
        "KL from q(c|x) to that of an augmented x.",
        params="ChannelConsistencyParams",
        requires=("latent.channels",),
    ),
    _loss(
        "label_consistency",
        "consistency",
        "KL from p(y|x) to that of an augmented x.",
        params="LabelConsistencyParams",
        requires=("classifier.tau", "labels.some"),
    ),
    _loss(
        "pseudo_channel",
        "pseudo_channel",
        "Cross-entropy from q(c|x), by a teacher and weighted by confidence, to that of a strongly augmented x.",
        params="PseudoChannelParams",
        requires=("latent.channels",),
    ),
    _loss(
        "virtual_adversarial",
        "adversarial",
        "KL from q(c|x) to that of x changed in the direction in which it changes most.",
        params="VirtualAdversarialParams",
        requires=("latent.channels",),
    ),
    _loss(
        "cross_view",
        "cross_view",
        "-log p of a weakly augmented x by the channels of a strongly augmented one.",
        params="CrossViewParams",
        requires=("latent.channels",),
    ),
    _loss(
        "sigma_penalty",
        "penalties",
        "Pulls the mean of log sigma towards a target.",
        params="SigmaPenaltyParams",
        requires=("head.sigma",),
    ),
    _loss("l2", "penalties", "Half the squared norm of parameters.", params="L2Params"),
)
