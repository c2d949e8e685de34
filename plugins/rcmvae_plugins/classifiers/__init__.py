"""Classifiers: labels attached to channels."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "classifier",
        "tau",
        summary="A map from channels to labels, counted from the labelled examples' responsibilities.",
        params="rcmvae_plugins.classifiers.params:TauParams",
        impl="rcmvae_plugins.classifiers.tau:tau",
        provides=("classifier.tau",),
        requires=("latent.channels", "labels.some", "data.labels"),
    ),
)
