"""Declares the kinds that the core itself uses, and the capability tokens that its own tables provide."""

from __future__ import annotations

from collections.abc import Mapping

from rcmvae_core.plugin.declaration import Kind

CORE_TOKENS: Mapping[str, str] = {
    "layout.shared": "one latent for all channels",
    "layout.decentralized": "a separate latent for each channel",
    "channels.many": "more than one channel",
    "labels.some": "labels are given to the model",
    "weights.changeable": "callbacks may change the weight of a loss, as its key `changeable` says",
    "inputs.counts": "the values of the data can be computed from x, as `scale` of `[data]` says; if a part requires it, the "
    "core checks that they are whole numbers of at least 0",
    "train.average": "a moving average of the parameters, which `average` of `[train]` asks for",
    "inputs.unbounded": "inputs may lie outside [0, 1], as `scale` of `[data]` says",
}

KINDS: tuple[Kind, ...] = (
    Kind(
        "data",
        "The source of inputs and labels.",
        table="data",
        slot="one",
        keys="rcmvae_core.plugin.core_tables:DataTable",
        protocol="rcmvae_core.plugin.protocols:Dataset",
        tokens={
            "data.image": "inputs are images, (H, W, C)",
            "data.features": "inputs are rows of features, (F,)",
            "data.labels": "the data set has labels",
            "data.path": "it reads the file or folder of its parameter `path`, and so other files of its format too",
        },
        needed_by="training",
    ),
    Kind(
        "encoder",
        "Maps x to channel logits and Gaussian posteriors.",
        table="encoder",
        slot="one",
        protocol="rcmvae_core.plugin.protocols:Net",
        tokens={
            "encoder.channels": "its parameters have an axis of channels, along which a channel can be copied"
        },
    ),
    Kind(
        "prior",
        "p(c) and p(z|c).",
        table="prior",
        slot="one",
        protocol="rcmvae_core.plugin.protocols:Prior",
        tokens={
            "latent.channels": "a discrete latent, the channel",
            "prior.learned_pi": "its pi is learned",
            "prior.marginal": "its KL is against the mixture over channels, which counts the channel already",
        },
    ),
    Kind(
        "routing",
        "Selects the channels that are decoded, by responsibilities.",
        table="routing",
        slot="one",
        protocol="rcmvae_core.plugin.protocols:Routing",
    ),
    Kind(
        "conditioner",
        "How the channel's embedding acts on each layer of the decoder.",
        table="conditioner",
        slot="one",
        protocol="rcmvae_core.plugin.protocols:Net",
        tokens={"decoder.channels": "the decoder sees which channel it decodes"},
    ),
    Kind(
        "backbone",
        "Maps latents and embeddings to features.",
        table="backbone",
        slot="one",
        protocol="rcmvae_core.plugin.protocols:Net",
    ),
    Kind(
        "head",
        "Maps features to p(x|z, c).",
        table="head",
        slot="one",
        protocol="rcmvae_core.plugin.protocols:Head",
        tokens={"head.sigma": "the likelihood has a standard deviation that depends on x"},
    ),
    Kind(
        "loss",
        "A term of the objective, under a label.",
        table="loss",
        slot="labelled",
        keys="rcmvae_core.plugin.core_tables:LossTable",
        protocol="rcmvae_core.plugin.protocols:LossTerm",
        tokens={
            "loss.reconstruction": "a curriculum treats it as the reconstruction",
            "loss.kl_latent": "a curriculum treats it as the KL of the continuous latents",
            "loss.kl_channel": "a curriculum treats it as the KL of the channel",
            "loss.class_shares": "it depends on how many labels each class has",
        },
        needed_by="training",
    ),
    Kind(
        "augmentation",
        "A random change of inputs that keeps their class.",
        table="augmentation",
        slot="many",
        keys="rcmvae_core.plugin.core_tables:AugmentationTable",
        protocol="rcmvae_core.plugin.protocols:Augmentation",
        needed_by="training",
    ),
    Kind(
        "schedule",
        "A value of the step.",
        shorthand="constant.value",
        protocol="rcmvae_core.plugin.protocols:Schedule",
        needed_by="training",
    ),
    Kind(
        "classifier",
        "Attaches labels to channels.",
        table="classifier",
        slot="optional",
        protocol="rcmvae_core.plugin.protocols:Classifier",
        tokens={"classifier.tau": "a map from channels to labels, tau"},
    ),
    Kind(
        "curriculum",
        "Changes what is learned in the course of training.",
        table="curriculum",
        slot="many",
        protocol="rcmvae_core.plugin.protocols:Curriculum",
        needed_by="training",
    ),
    Kind(
        "callback",
        "Sees every evaluation of a run, and may stop it, save a checkpoint or change a weight.",
        table="callback",
        slot="many",
        protocol="rcmvae_core.plugin.protocols:Callback",
        needed_by="training",
    ),
    Kind(
        "optimizer",
        "An optax gradient transformation.",
        table="train.optimizer",
        slot="one",
        needed_by="training",
    ),
    Kind(
        "tracker",
        "An experiment tracker that receives the metrics of a run.",
        table="tracker",
        slot="many",
        protocol="rcmvae_core.plugin.protocols:Tracker",
        needed_by="training",
    ),
    Kind(
        "score",
        "An out-of-distribution score of inputs.",
        table="score",
        slot="many",
        default="every",
        protocol="rcmvae_core.plugin.protocols:Score",
        tokens={
            "score.decides": "it decides whether an input is out of distribution; of several, the first in a spec",
            "score.model": "it is a `ModelScore`, which runs the model on every input",
        },
        needed_by="analysis",
    ),
    Kind(
        "acquisition",
        "Chooses inputs for labelling.",
        table="acquisition",
        slot="many",
        default="every",
        protocol="rcmvae_core.plugin.protocols:Acquisition",
        tokens={
            "acquisition.epistemic": "it uses the disagreement between the members of an ensemble",
            "acquisition.labelled": "it uses where the labelled inputs are",
        },
        needed_by="analysis",
    ),
    Kind(
        "projection",
        "Draws the inputs of a trained model in a plane.",
        table="projection",
        slot="many",
        default="every",
        protocol="rcmvae_core.plugin.protocols:Projection",
        tokens={
            "projection.free_axes": "its axes have no direction of their own, so that a plane may be rotated and mirrored"
        },
        needed_by="analysis",
    ),
    Kind(
        "metric",
        "A number that says how good a trained model is.",
        table="metric",
        slot="many",
        default="every",
        protocol="rcmvae_core.plugin.protocols:Metric",
        tokens={
            "metric.higher_is_better": "of two values the higher is better",
            "metric.lower_is_better": "of two values the lower is better",
            "metric.predictions": "of `ReportArrays` it reads only p(y|x), labels and class names",
        },
        needed_by="analysis",
    ),
    Kind(
        "figure",
        "A figure of the report.",
        table="figure",
        slot="many",
        default="every",
        tokens={"figure.predictions": "of `ReportArrays` it reads only p(y|x) and labels"},
        needed_by="analysis",
    ),
    Kind(
        "exporter",
        "Writes a trained model in a format of its own.",
        table="exporter",
        slot="many",
        protocol="rcmvae_core.plugin.protocols:Exporter",
        needed_by="analysis",
    ),
)
