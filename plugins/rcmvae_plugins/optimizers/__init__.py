"""Optimizers: optax gradient transformations."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "optimizer",
        "adam",
        summary="Adam.",
        params="rcmvae_plugins.optimizers.params:AdamParams",
        impl="rcmvae_plugins.optimizers.adam:adam",
    ),
    Plugin(
        "optimizer",
        "adamw",
        summary="Adam with decoupled weight decay, of matrices only.",
        params="rcmvae_plugins.optimizers.params:AdamWParams",
        impl="rcmvae_plugins.optimizers.adamw:adamw",
    ),
    Plugin(
        "optimizer",
        "sgd",
        summary="Gradient descent with momentum.",
        params="rcmvae_plugins.optimizers.gradient_params:SgdParams",
        impl="rcmvae_plugins.optimizers.sgd:sgd",
    ),
    Plugin(
        "optimizer",
        "rmsprop",
        summary="Gradients over their root mean square.",
        params="rcmvae_plugins.optimizers.gradient_params:RmspropParams",
        impl="rcmvae_plugins.optimizers.rmsprop:rmsprop",
    ),
    Plugin(
        "optimizer",
        "adagrad",
        summary="Gradients over the root of their sum of squares.",
        params="rcmvae_plugins.optimizers.gradient_params:AdagradParams",
        impl="rcmvae_plugins.optimizers.adagrad:adagrad",
    ),
    Plugin(
        "optimizer",
        "adafactor",
        summary="Adam in the memory of rows and columns, steps relative to the weights.",
        params="rcmvae_plugins.optimizers.gradient_params:AdafactorParams",
        impl="rcmvae_plugins.optimizers.adafactor:adafactor",
    ),
    Plugin(
        "optimizer",
        "nadam",
        summary="Adam with Nesterov's momentum.",
        params="rcmvae_plugins.optimizers.moment_params:NadamParams",
        impl="rcmvae_plugins.optimizers.nadam:nadam",
    ),
    Plugin(
        "optimizer",
        "radam",
        summary="Adam with a warm-up of its own, from the variance of its squared mean.",
        params="rcmvae_plugins.optimizers.moment_params:RadamParams",
        impl="rcmvae_plugins.optimizers.radam:radam",
    ),
    Plugin(
        "optimizer",
        "adabelief",
        summary="Adam that steps further where gradients are as foreseen.",
        params="rcmvae_plugins.optimizers.moment_params:AdabeliefParams",
        impl="rcmvae_plugins.optimizers.adabelief:adabelief",
    ),
    Plugin(
        "optimizer",
        "lion",
        summary="Signs of a running mean, with decoupled weight decay, of matrices only.",
        params="rcmvae_plugins.optimizers.moment_params:LionParams",
        impl="rcmvae_plugins.optimizers.lion:lion",
    ),
    Plugin(
        "optimizer",
        "lamb",
        summary="Adam for large batches: steps are shares of each array's norm.",
        params="rcmvae_plugins.optimizers.moment_params:LambParams",
        impl="rcmvae_plugins.optimizers.lamb:lamb",
    ),
)
