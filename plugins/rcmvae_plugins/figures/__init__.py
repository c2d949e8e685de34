"""Declares figures: curves, reconstructions, samples, latents, channels, classes, σ and scores."""

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
        "loss_terms",
        "LossTermsParams",
        "Every term of the objective by epoch, unweighted and with its weight: terms with the largest "
        "weighted value decide what training improves, and a term whose weight is near zero has no effect.",
    ),
    _figure(
        "curriculum",
        "CurriculumParams",
        "Active channels by epoch with every unlock as a triangle, and the boosts of the curriculum: a "
        "channel that is unlocked late has little time to train.",
    ),
    _figure(
        "reconstructions",
        "ReconstructionsParams",
        "Held-out inputs above their reconstructions: weighted over channels, by the most probable channel, and by the "
        "second one. Missing detail was lost in the latent, and a second channel that fits as well is redundant.",
    ),
    _figure(
        "channel_reconstructions",
        "ChannelReconstructionsParams",
        "Held-out inputs as each channel decodes them, with q(c|x) above each: only channels that represent an input "
        "should decode it well, and have a high q(c|x).",
    ),
    _figure(
        "channel_samples",
        "ChannelSamplesParams",
        "Samples of each channel, most used channel first: the samples in a row should be similar, and rows "
        "should differ.",
    ),
    _figure(
        "class_samples",
        "ClassSamplesParams",
        "Samples of each class, from the channels that τ maps to it: each row should show one class, in all its "
        "variety.",
        requires=("classifier.tau",),
    ),
    _figure(
        "traversals",
        "TraversalsParams",
        "What a channel decodes while one coordinate of its latent changes and the others stay at their mean: a row "
        "whose pictures are all the same is a coordinate that the model does not use.",
    ),
    _figure(
        "pseudo_inputs",
        "PseudoInputsParams",
        "The pseudo-inputs that the prior has learned, above what they decode to: they should look like the data, and "
        "differ from each other.",
    ),
    _figure(
        "latent_scatter",
        "LatentScatterParams",
        "Posterior means of held-out inputs in the latent of each channel, coloured by label and the fainter the lower "
        "q(c|x) is: a panel with a single strong colour is a channel that represents one class.",
    ),
    _figure(
        "latent_map",
        "LatentMapParams",
        "All held-out inputs in one map of the latent, coloured by label, with the number of each channel at the mean "
        "of its inputs. Classes that overlap in a shared latent are hard to separate; latents of channels are spaces of "
        "their own, which may overlap.",
    ),
    _figure(
        "prior_centres",
        "PriorCentresParams",
        "The centre of each channel's prior, joined to the mean of the channel's inputs, with an ellipse of one "
        "standard deviation: the longer the line, the further the channel is from its prior.",
    ),
    _figure(
        "sigma_maps",
        "SigmaMapsParams",
        "Inputs, their reconstructions, and the standard deviation σ of each value: σ should be high where the "
        "reconstruction is wrong.",
    ),
    _figure(
        "sigma_extremes",
        "SigmaExtremesParams",
        "The inputs with the lowest and the highest standard deviation σ, with σ and the label above each: those with "
        "a high σ should be reconstructed worse.",
    ),
    _figure(
        "hardest",
        "HardestParams",
        "The held-out inputs with the highest -log p(x|z, c), with that, the label and a wrong prediction above each: "
        "they are unusual or mislabelled, or show what the model has not learned.",
    ),
    _figure(
        "most_unusual",
        "MostUnusualParams",
        "The held-out inputs that are least like the training data, with their score, label and a wrong prediction "
        "above each: scores above the threshold count as out-of-distribution.",
    ),
    _figure(
        "channel_usage",
        "ChannelUsageParams",
        "Usage of each channel and its prior probability: a channel with a bar near zero is not used by the model.",
    ),
    _figure(
        "usage_over_time",
        "UsageOverTimeParams",
        "Usage and prior probability of the channels as areas by epoch, and the effective number of channels:"
        " an area that vanishes is a channel that the model stopped using.",
    ),
    _figure(
        "channel_evolution",
        "ChannelEvolutionParams",
        "Latents of validation inputs at several epochs, in the same plane: colours that separate over the "
        "epochs are classes that the model learns to separate.",
    ),
    _figure(
        "embedding_distances",
        "EmbeddingDistancesParams",
        "Distance between the embeddings of each pair of channels: a pale cell is a pair of channels that are"
        " decoded almost alike.",
    ),
    _figure(
        "channel_kl",
        "ChannelKlParams",
        "How far the latent of each channel is from its prior, in nats: a bar near zero is a channel whose "
        "latent holds nothing about its inputs.",
    ),
    _figure(
        "routing_hardness",
        "RoutingHardnessParams",
        "Largest weight with which the channels of an input are decoded, without and with the noise of the "
        "routing: inputs at 100 % are decoded by one channel, those further left by a mixture.",
    ),
    _figure(
        "responsibility_confidence",
        "ResponsibilityConfidenceParams",
        "How sure the model is of the channel of an input: with most inputs at 100 % and one effective "
        "channel each, channels divide the data into clear groups.",
    ),
    _figure(
        "active_units",
        "ActiveUnitsParams",
        "Variance of the posterior mean of each unit of the latents, largest first: units below the threshold"
        " hold nothing about the input.",
    ),
    _figure(
        "tau_heatmap",
        "TauHeatmapParams",
        "Classes of each channel, sorted by class, with the usage of the channel: a row with one strong cell is a "
        "channel that represents one class.",
        requires=("classifier.tau",),
    ),
    _figure(
        "ownership",
        "OwnershipParams",
        "Classes of the inputs of each most probable channel, with the best pairs of channel and class on the"
        " diagonal: a row with cells off the diagonal is a channel that mixes classes.",
    ),
    _figure(
        "confusion",
        "ConfusionParams",
        "True class against predicted class, as fractions of each row: cells off the diagonal are errors, and "
        "their column is the predicted class.",
        requires=("classifier.tau",),
    ),
    _figure(
        "class_accuracy",
        "ClassAccuracyParams",
        "Accuracy of each class, least accurate first, with its 95 % interval and its number of inputs: a "
        "short bar with a narrow interval is a class that the model does not know.",
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
        "certainty",
        "CertaintyParams",
        "Confidence of right and of wrong predictions, each as fractions of their group: the less the two "
        "overlap, the better the confidence separates errors.",
        requires=("classifier.tau",),
    ),
    _figure(
        "sigma_histogram",
        "SigmaHistogramParams",
        "Standard deviation σ that the likelihood gives each input: a single narrow bar says that σ does not "
        "depend on the input.",
    ),
    _figure(
        "sigma_error",
        "SigmaErrorParams",
        "Predicted σ against the error of the reconstruction: points along the dashed line are inputs whose "
        "error is as large as predicted, those above it are overconfident.",
    ),
    _figure(
        "sigma_by_class",
        "SigmaByClassParams",
        "σ of the inputs of each class, highest first: a class at the top is one that the model reconstructs "
        "with least certainty.",
    ),
    _figure(
        "score_distributions",
        "ScoreDistributionsParams",
        "Out-of-distribution scores of test inputs and of inputs of held-out classes: inputs right of the "
        "dashed threshold are flagged, and the less the two overlap, the better.",
    ),
    _figure(
        "score_roc",
        "ScoreRocParams",
        "Detected inputs of held-out classes by false alarms, for every threshold of each score: the closer a"
        " curve is to the upper left corner, the better.",
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
