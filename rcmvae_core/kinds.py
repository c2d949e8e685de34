"""The kinds that the core itself assembles, and the tokens that its own tables provide."""

from __future__ import annotations

from collections.abc import Mapping

from rcmvae_core.declarations import Kind

CORE_TOKENS: Mapping[str, str] = {
    "layout.shared": "one latent for all channels",
    "layout.decentralized": "a latent of its own for each channel",
    "channels.many": "more than one channel",
    "labels.some": "labels are given to the model",
}

KINDS: tuple[Kind, ...] = (
    Kind(
        "data",
        "Where inputs and labels come from.",
        table="data",
        slot="one",
        keys="rcmvae_core.tables:DataTable",
        protocol="rcmvae_core.protocols:Dataset",
        tokens={
            "data.image": "inputs are images, (H, W, C)",
            "data.features": "inputs are rows of numbers, (F,)",
            "data.labels": "the data set has labels",
        },
    ),
    Kind(
        "encoder",
        "x to channel logits and Gaussian posteriors.",
        table="encoder",
        slot="one",
        protocol="rcmvae_core.protocols:Net",
        tokens={"encoder.channels": "its parameters tell channels apart, so that a channel can be copied"},
    ),
    Kind(
        "prior",
        "p(c) and p(z|c).",
        table="prior",
        slot="one",
        protocol="rcmvae_core.protocols:Prior",
        tokens={
            "latent.channels": "a discrete latent, the channel",
            "prior.learned_pi": "its pi is learned",
            "prior.marginal": "its KL is against the mixture over channels, which counts the channel already",
        },
    ),
    Kind(
        "routing",
        "Responsibilities to the channels that are decoded.",
        table="routing",
        slot="one",
        protocol="rcmvae_core.protocols:Routing",
    ),
    Kind(
        "conditioner",
        "How the channel's embedding acts on every layer of the decoder.",
        table="conditioner",
        slot="one",
        protocol="rcmvae_core.protocols:Net",
        tokens={"decoder.channels": "the decoder sees which channel it decodes"},
    ),
    Kind(
        "backbone",
        "Latent and embedding to features.",
        table="backbone",
        slot="one",
        protocol="rcmvae_core.protocols:Net",
    ),
    Kind(
        "head",
        "Features to p(x|z, c).",
        table="head",
        slot="one",
        protocol="rcmvae_core.protocols:Head",
        tokens={"head.sigma": "the likelihood has a standard deviation that depends on x"},
    ),
    Kind(
        "loss",
        "A term of the objective, under a label.",
        table="loss",
        slot="labelled",
        keys="rcmvae_core.tables:LossTable",
        protocol="rcmvae_core.protocols:LossTerm",
        tokens={
            "loss.reconstruction": "a curriculum treats it as the reconstruction",
            "loss.kl_latent": "a curriculum treats it as the KL of the continuous latents",
            "loss.kl_channel": "a curriculum treats it as the KL of the channel",
        },
    ),
    Kind(
        "augmentation",
        "A random change of inputs that keeps what they are.",
        protocol="rcmvae_core.protocols:Augmentation",
    ),
    Kind(
        "schedule",
        "A value of the step.",
        shorthand="constant.value",
        protocol="rcmvae_core.protocols:Schedule",
    ),
    Kind(
        "classifier",
        "Labels attached to channels.",
        table="classifier",
        slot="optional",
        protocol="rcmvae_core.protocols:Classifier",
        tokens={"classifier.tau": "a map from channels to labels, tau"},
    ),
    Kind(
        "curriculum",
        "What is learnt when.",
        table="curriculum",
        slot="many",
        protocol="rcmvae_core.protocols:Curriculum",
    ),
    Kind("optimizer", "An optax gradient transformation.", table="train.optimizer", slot="one"),
    Kind(
        "tracker",
        "A service that follows runs.",
        table="tracker",
        slot="many",
        protocol="rcmvae_core.protocols:Tracker",
    ),
    Kind(
        "score",
        "How unlike the training data an input is.",
        table="score",
        slot="many",
        default="every",
        protocol="rcmvae_core.protocols:Score",
        tokens={
            "score.decides": "it says whether an input is out of distribution; the first one that a spec has"
        },
    ),
    Kind(
        "acquisition",
        "Which inputs to ask a person about.",
        table="acquisition",
        slot="many",
        default="every",
        protocol="rcmvae_core.protocols:Acquisition",
        tokens={"acquisition.epistemic": "it asks what the members of an ensemble disagree about"},
    ),
    Kind(
        "figure",
        "A picture of the report.",
        table="figure",
        slot="many",
        default="every",
        tokens={"figure.predictions": "of the diagnostics it reads p(y|x) and labels only"},
    ),
)
