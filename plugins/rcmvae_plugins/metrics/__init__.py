"""Declares metrics: of predictions, likelihoods, clusters, channels, out-of-distribution scores and σ."""

from __future__ import annotations

from typing import Literal

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.metrics"
_CLASSIFIER = ("classifier.tau",)
_SIGMA = ("head.sigma",)


def _metric(
    path: str,
    summary: str,
    better: Literal["higher", "lower", ""] = "",
    *,
    params: str = "",
    unit: str = "",
    requires: tuple[str, ...] = (),
) -> Plugin:
    """Return the declaration of a metric; those of the module `predictions` read predictions only.

    Args:
        path: the module and the name, such as `clusters.nmi`.
        summary: what it measures.
        better: which of two values is better; empty if that depends.
        params: the class of its parameters in `params`, if it has any.
        unit: of its values.
        requires: capabilities that it requires.
    """
    module, name = path.split(".")
    direction = (f"metric.{better}_is_better",) if better else ()
    predictions = ("metric.predictions",) if module == "predictions" else ()
    return Plugin(
        "metric",
        name,
        summary=summary,
        impl=f"{_FAMILY}.{module}:{name}",
        params=f"{_FAMILY}.params:{params}" if params else "rcmvae_core.plugin.parameters:NoParams",
        provides=(*direction, *predictions),
        requires=(*requires, *(_CLASSIFIER if predictions else ())),
        unit=unit,
    )


PLUGINS: tuple[Plugin, ...] = (
    _metric("predictions.accuracy", "Share of inputs whose class is predicted right.", "higher"),
    _metric(
        "predictions.balanced_accuracy", "Mean over classes of the share that is predicted right.", "higher"
    ),
    _metric("predictions.macro_f1", "Mean over classes of F1, which joins precision and recall.", "higher"),
    _metric(
        "predictions.ece",
        "Expected calibration error: how far confidence is from accuracy, in bins of equal width.",
        "lower",
        params="CalibrationParams",
    ),
    _metric(
        "predictions.adaptive_ece",
        "Expected calibration error in bins with equally many inputs.",
        "lower",
        params="CalibrationParams",
    ),
    _metric("predictions.brier", "Squared error of p(y|x), summed over classes.", "lower"),
    _metric("likelihood.nll", "Negative ELBO, a bound of -log p(x).", "lower", unit="nats"),
    _metric(
        "likelihood.importance_weighted_nll",
        "Importance-weighted bound of -log p(x), tighter than `nll`, over fewer inputs.",
        "lower",
        unit="nats",
    ),
    _metric("likelihood.mse", "Squared error of reconstructions, per value.", "lower"),
    _metric("likelihood.kl_by_channel", "KL of each channel's latent from its prior.", unit="nats"),
    _metric(
        "likelihood.active_units",
        "Number of coordinates of latents that vary with the input.",
        params="ActiveUnitsParams",
    ),
    _metric("clusters.nmi", "Normalised mutual information of channels and classes.", "higher"),
    _metric("clusters.ari", "Adjusted Rand index of channels and classes.", "higher"),
    _metric(
        "clusters.clustering_accuracy",
        "Share of inputs of the class of their channel, with one channel for each class.",
        "higher",
    ),
    _metric("clusters.purity", "Share of inputs of the most frequent class of their channel.", "higher"),
    _metric(
        "clusters.ownership_diagonal",
        "Share of a channel's inputs that are of the class assigned to it, mean over channels.",
        "higher",
    ),
    _metric(
        "clusters.silhouette",
        "How separate classes are in the latent of each channel.",
        "higher",
        params="SilhouetteParams",
    ),
    _metric("channels.effective_channels", "Number of channels in use, by the entropy of their usage."),
    _metric(
        "channels.active_channels", "Number of channels that are used at all.", params="ActiveChannelsParams"
    ),
    _metric(
        "channels.free_channels",
        "Number of channels that a new class could claim.",
        params="FreeChannelsParams",
        requires=_CLASSIFIER,
    ),
    _metric("channels.routing_hardness", "Largest weight among decoded channels, without and with noise."),
    _metric("channels.responsibility_confidence", "Responsibility of the most probable channel."),
    _metric("channels.tau_sparsity", "How close each channel is to one class.", requires=_CLASSIFIER),
    _metric(
        "channels.tau_coverage",
        "Share of classes that a channel owns.",
        "higher",
        params="TauCoverageParams",
        requires=_CLASSIFIER,
    ),
    _metric("detection.auroc", "Area under the ROC curve of each score, for held-out classes.", "higher"),
    _metric("detection.aupr", "Average precision of each score, for held-out classes.", "higher"),
    _metric(
        "detection.fpr_at_95",
        "Share of test inputs that each score takes for held-out classes, where it finds 95 % of these.",
        "lower",
    ),
    _metric(
        "sigma.sigma_error_correlation",
        "Rank correlation of σ and the error of the reconstruction.",
        "higher",
        requires=_SIGMA,
    ),
    _metric("sigma.sigma_at_bound", "Share of σ that lies on a bound.", "lower", requires=_SIGMA),
)
