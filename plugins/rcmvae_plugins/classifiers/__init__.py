"""Declares classifiers: maps from channels to labels."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "classifier",
        "tau",
        summary="A map from channels to labels, estimated by counting the responsibilities of labelled examples.",
        params="rcmvae_plugins.classifiers.params:TauParams",
        impl="rcmvae_plugins.classifiers.tau:tau",
        provides=("classifier.tau",),
        requires=("latent.channels", "labels.some", "data.labels"),
    ),
)
