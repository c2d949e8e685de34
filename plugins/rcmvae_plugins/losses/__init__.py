"""Losses: terms of the objective, a value for each example."""

from __future__ import annotations

from rcmvae_core.declarations import Plugin

_HERE = "rcmvae_plugins.losses"


def _loss(
    name: str,
    summary: str,
    *,
    params: str | None = None,
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
    conflicts: tuple[str, ...] = (),
) -> Plugin:
    return Plugin(
        "loss",
        name,
        summary=summary,
        impl=f"{_HERE}.{name}:{name}",
        params=f"{_HERE}.{params}" if params else "rcmvae_core.params:NoParams",
        provides=provides,
        requires=requires,
        conflicts=conflicts,
    )


PLUGINS: tuple[Plugin, ...] = (
    _loss(
        "reconstruction",
        "-log p(x|z, c), expected over the selected channels.",
        params="elbo_params:ReconstructionParams",
        provides=("loss.reconstruction",),
    ),
    _loss(
        "kl_latent",
        "KL(q(z|x) || p(z|c)), expected over channels or summed.",
        params="elbo_params:KlLatentParams",
        provides=("loss.kl_latent",),
    ),
    _loss(
        "kl_channel",
        "KL(q(c|x) || pi).",
        provides=("loss.kl_channel",),
        requires=("latent.channels",),
        conflicts=("prior.marginal",),
    ),
    _loss(
        "dirichlet",
        "A Dirichlet density of pi, or of q(c|x): evens channels out, or sparsifies them.",
        params="params:DirichletParams",
        requires=("latent.channels",),
    ),
    _loss(
        "usage_entropy",
        "Entropy of the channels' usage: a positive weight sparsifies, a negative one spreads.",
        requires=("latent.channels",),
    ),
    _loss(
        "responsibility_entropy",
        "Entropy of q(c|x): a positive weight makes each input choose.",
        requires=("latent.channels",),
    ),
    _loss(
        "logit_mog",
        "A Gaussian about each channel's corner of logit space: each input chooses, with a margin.",
        params="params:LogitMogParams",
        requires=("latent.channels",),
    ),
    _loss(
        "embedding_repulsion",
        "Pushes the embeddings of channels apart.",
        params="params:EmbeddingRepulsionParams",
        requires=("channels.many", "decoder.channels"),
    ),
    _loss(
        "mmd",
        "Maximum mean discrepancy of the batch's latents from the prior: the shape of the aggregate posterior.",
        params="params:MmdParams",
    ),
    _loss(
        "supervised",
        "-log p(y|x) of the labelled batch, through tau.",
        requires=("classifier.tau", "labels.some"),
    ),
    _loss(
        "supervised_contrastive",
        "Brings labelled inputs of one label together and apart from the others.",
        params="params:SupervisedContrastiveParams",
        requires=("labels.some",),
    ),
    _loss(
        "channel_consistency",
        "KL from q(c|x) to that of a changed x.",
        params="params:ChannelConsistencyParams",
        requires=("latent.channels",),
    ),
    _loss(
        "label_consistency",
        "KL from p(y|x) to that of a changed x.",
        params="params:LabelConsistencyParams",
        requires=("classifier.tau", "labels.some"),
    ),
    _loss(
        "sigma_penalty",
        "Pulls the mean of log sigma towards a target.",
        params="params:SigmaPenaltyParams",
        requires=("head.sigma",),
    ),
    _loss("l2", "Half the squared length of parameters.", params="params:L2Params"),
)
