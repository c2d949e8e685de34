"""Declares figures: curves, reconstructions, samples, latents, and the classes of channels."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.figures"


def _figure(
    name: str,
    params: str,
    summary: str,
    *,
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
) -> Plugin:
    """Return the declaration of a figure.

    Args:
        name: of the figure, of its module and of its builder.
        params: the class of its parameters in `params`.
        summary: what it shows, and how to read it; its caption in the report.
        provides: capabilities that it provides.
        requires: capabilities that it requires.
    """
    return Plugin(
        "figure",
        name,
        summary=summary,
        impl=f"{_FAMILY}.{name}:{name}",
        params=f"{_FAMILY}.params:{params}",
        provides=provides,
        requires=requires,
    )


PLUGINS: tuple[Plugin, ...] = (
    _figure(
        "loss_curves",
        "LossCurvesParams",
        "Every loss term and metric by epoch, each on its own scale: thin lines are seeds, the thick line is "
        "their mean, and a gap between training and validation indicates overfitting.",
    ),
    _figure(
        "reconstructions",
        "ReconstructionsParams",
        "Held-out inputs above their reconstructions: missing detail was lost in the latent.",
    ),
    _figure(
        "channel_samples",
        "ChannelSamplesParams",
        "Samples of each channel, most used channel first: the samples in a row should be similar, and rows "
        "should differ.",
    ),
    _figure(
        "latent_scatter",
        "LatentScatterParams",
        "Posterior means of held-out inputs, one panel per channel in use: a panel with a single colour is a "
        "channel that represents one class.",
    ),
    _figure(
        "channel_usage",
        "ChannelUsageParams",
        "Usage of each channel and its prior probability: a channel with a bar near zero is not used by the model.",
    ),
    _figure(
        "tau_heatmap",
        "TauHeatmapParams",
        "Classes of each channel, sorted by class, with the usage of the channel: a row with one strong cell is a "
        "channel that represents one class.",
        requires=("classifier.tau",),
    ),
    _figure(
        "confusion",
        "ConfusionParams",
        "True class against predicted class, as fractions of each row: cells off the diagonal are errors, and "
        "their column is the predicted class.",
        requires=("classifier.tau",),
    ),
    _figure(
        "reliability",
        "ReliabilityParams",
        "Accuracy by confidence: bars below the diagonal are overconfident.",
        provides=("figure.predictions",),
        requires=("classifier.tau",),
    ),
    _figure(
        "risk_coverage",
        "RiskCoverageParams",
        "Error rate of the predictions that are kept, most confident first: the later the curve rises, the better "
        "the confidence separates errors.",
        provides=("figure.predictions",),
        requires=("classifier.tau",),
    ),
)
