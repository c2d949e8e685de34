"""Pictures of a run: curves, reconstructions, samples, latents, and what the channels stand for."""

from __future__ import annotations

from rcmvae_core.declarations import Plugin

_HERE = "rcmvae_plugins.figures"


def _figure(
    name: str,
    params: str,
    summary: str,
    *,
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
) -> Plugin:
    return Plugin(
        "figure",
        name,
        summary=summary,
        impl=f"{_HERE}.{name}:{name}",
        params=f"{_HERE}.params:{params}",
        provides=provides,
        requires=requires,
    )


PLUGINS: tuple[Plugin, ...] = (
    _figure(
        "loss_curves",
        "LossCurvesParams",
        "Every term and metric by epoch, each on a scale of its own: thin lines are seeds, the thick one is "
        "their mean, and a gap between training and validation is overfitting.",
    ),
    _figure(
        "reconstructions",
        "ReconstructionsParams",
        "Held-out inputs above what the model makes of them: detail missing below is detail the latent lost.",
    ),
    _figure(
        "channel_samples",
        "ChannelSamplesParams",
        "Samples that each channel generates, most used channel first: a row should look like one kind of "
        "thing, and rows should differ.",
    ),
    _figure(
        "latent_scatter",
        "LatentScatterParams",
        "Posterior means of held-out inputs, one panel for each channel in use: a panel of one colour is a "
        "channel that stands for one class.",
    ),
    _figure(
        "channel_usage",
        "ChannelUsageParams",
        "How often each channel is responsible, beside its prior probability: a bar near zero is a channel "
        "that the model does not use.",
    ),
    _figure(
        "tau_heatmap",
        "TauHeatmapParams",
        "Which label each channel stands for, by class, with how much the channel is used at the side: a row "
        "with one strong cell is a decided channel.",
        requires=("classifier.tau",),
    ),
    _figure(
        "confusion",
        "ConfusionParams",
        "True class against predicted class, as shares of each row: what lies off the diagonal is wrong, and "
        "the column tells what it was taken for.",
        requires=("classifier.tau",),
    ),
    _figure(
        "reliability",
        "ReliabilityParams",
        "How often predictions are right, by how sure they are: bars below the diagonal are overconfident.",
        provides=("figure.predictions",),
        requires=("classifier.tau",),
    ),
    _figure(
        "risk_coverage",
        "RiskCoverageParams",
        "What is wrong among the predictions that are kept, the surest first: a curve that starts at zero and "
        "rises late belongs to a model that knows what it does not know.",
        provides=("figure.predictions",),
        requires=("classifier.tau",),
    ),
)
