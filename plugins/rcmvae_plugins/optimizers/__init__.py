"""Declares optimizers: optax gradient transformations."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.optimizers"


def _optimizer(name: str, module: str, params: str, summary: str) -> Plugin:
    """Return the declaration of an optimizer.

    Args:
        name: of the optimizer and of its builder.
        module: of the builder, in this family.
        params: the class of its parameters in `params`.
        summary: one sentence.
    """
    return Plugin(
        "optimizer",
        name,
        summary=summary,
        params=f"{_FAMILY}.params:{params}",
        impl=f"{_FAMILY}.{module}:{name}",
    )


PLUGINS: tuple[Plugin, ...] = (
    _optimizer("adam", "adam_family", "AdamParams", "Adam."),
    _optimizer(
        "adamw",
        "adam_family",
        "AdamWParams",
        "Adam with decoupled weight decay, which applies to matrices only.",
    ),
    _optimizer("sgd", "momentum", "SgdParams", "Stochastic gradient descent with momentum."),
    _optimizer(
        "rmsprop", "rms_scaling", "RmspropParams", "Gradients divided by their running root mean square."
    ),
    _optimizer(
        "adagrad", "rms_scaling", "AdagradParams", "Gradients divided by the root of their sum of squares."
    ),
    _optimizer(
        "adafactor",
        "rms_scaling",
        "AdafactorParams",
        "RMS scaling from row and column means, with steps relative to the weights; needs little memory.",
    ),
    _optimizer("nadam", "adam_family", "NadamParams", "Adam with Nesterov momentum."),
    _optimizer(
        "radam",
        "adam_family",
        "RadamParams",
        "Rectified Adam, whose warm-up follows from the variance of its adaptive learning rate.",
    ),
    _optimizer(
        "adabelief",
        "adam_family",
        "AdabeliefParams",
        "Adam that takes larger steps where gradients are close to their running mean.",
    ),
    _optimizer(
        "lion",
        "momentum",
        "LionParams",
        "The sign of a running mean, with decoupled weight decay of matrices.",
    ),
    _optimizer(
        "lamb",
        "adam_family",
        "LambParams",
        "Adam for large batches, with steps relative to the norm of each array.",
    ),
)
