"""Chooses a spec that fits data: the one place for the recipes of the estimator and of `rcmvae new spec --from`."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

_BATCH = 128
_MIN_BATCH = 8
_STEPS = 3000
"""Training steps to aim at: small data are passed over more often."""
_MIN_EPOCHS, _MAX_EPOCHS = 10, 400
_EVALUATIONS = 20
"""Evaluations in a run, at least."""
_UNEQUAL = 1.5
"""Labels of the most frequent class for each of the rarest from which on classes are not meant to be used equally."""
_RARE = 0.05
"""Share of the labels up to which a class is rare."""
_MANY = 8
"""Channels up to which a class has two: where classes are few, one class is often two clusters."""
_CLUSTERS = 10
"""Channels of a run without labels."""


class DataFacts(NamedTuple):
    """What a recipe depends on.

    Args:
        form: whether inputs are images or features.
        training: the number of training inputs.
        counts: the labels of each class; empty without labels.
    """

    form: Literal["image", "features"]
    training: int
    counts: tuple[int, ...] = ()

    @property
    def weights(self) -> Weights:
        """The weights for the shares of the classes."""
        known = [count for count in self.counts if count]
        if len(known) > 1 and min(known) <= _RARE * sum(known):
            return RARE
        return UNEQUAL if len(known) > 1 and max(known) >= _UNEQUAL * min(known) else EQUAL


class Weights(NamedTuple):
    """Weights of the losses beside the ELBO, in nats; the reconstruction is a sum over all values of an input.

    Args:
        choose: of the entropy of q(c|x): each input chooses a channel.
        spread: of the entropy of the usage, negative: all channels are used equally.
        agree: of the consistency of q(c|x) under an augmentation.
        labels: of the supervised loss.
        classes: of the divergence of predicted classes from the shares of the labels.
        noise: standard deviation of the augmentation of features, whose own deviation is 1/8 when standardised.
        labelled_batch: labelled inputs in a step.
    """

    choose: float
    spread: float
    agree: float
    labels: float
    classes: float
    noise: float
    labelled_batch: int = 32


EQUAL = Weights(choose=10.0, spread=-50.0, agree=50.0, labels=100.0, classes=0.0, noise=0.08)
"""For classes that are about as frequent, and without labels: channels are clusters of equal size."""
UNEQUAL = EQUAL._replace(spread=0.0, classes=50.0)
"""For other shares: usage follows the labels instead of being equal."""
RARE = Weights(choose=0.0, spread=0.0, agree=20.0, labels=300.0, classes=5.0, noise=0.04, labelled_batch=128)
"""For rare classes: stronger labels and weaker noise, and no need to choose a channel, which would hide a few inputs in the
channel of many."""


def parts(facts: DataFacts) -> dict[str, Any]:
    """Return the parts and losses that fit data, without their lengths.

    Args:
        facts: about the data.

    Returns:
        Tables of a spec: latent, nets, losses and classifier.
    """
    weights = facts.weights
    is_image = facts.form == "image"
    width = 256 if is_image else 128
    augmentation = {"image": {}} if is_image else {"noise": {"std": weights.noise}}
    classes = len(facts.counts)
    channels = max(classes, min(2 * classes, _MANY)) if classes else _CLUSTERS
    losses: dict[str, Any] = {
        "reconstruction": {"reconstruction": {}},
        "kl_z": {"kl_latent": {}},
        "kl_c": {"kl_channel": {}},
        "choose": {"weight": weights.choose, "responsibility_entropy": {}},
        "spread": {"weight": weights.spread, "usage_entropy": {}},
        "agree": {"weight": weights.agree, "channel_consistency": {"augmentation": augmentation}},
    }
    if facts.counts:
        losses["labels"] = {"weight": weights.labels, "supervised": {}}
        losses["classes"] = {"weight": weights.classes, "class_usage": {}}
    table: dict[str, Any] = {
        "latent": {"channels": channels, "dim": 4},
        "encoder": {"dense": {"hidden": [width, width]}},
        "prior": {"mixture": {}},
        "routing": {"soft": {"top_m": 2}},
        "conditioner": {"film": {}},
        "backbone": {"dense": {"hidden": [width, width] if is_image else [width]}},
        "head": {"bernoulli": {}} if is_image else {"gaussian": {"mode": "learned", "sigma_min": 0.02}},
        "loss": {label: loss for label, loss in losses.items() if loss.get("weight") != 0.0},
    }
    return table | ({"classifier": {"tau": {"alpha": 0.01}}} if facts.counts else {})


def spec(facts: DataFacts) -> dict[str, Any]:
    """Return a spec that fits data, but for its name and its data.

    Args:
        facts: about the data.

    Returns:
        Nested tables. Features are standardised; the terms of the ELBO grow over a tenth of the run, so that labels and
        clusters shape the channels first; the learning rate falls to almost zero, so that seeds agree.
    """
    batch = min(_BATCH, max(_MIN_BATCH, facts.training // 8), max(1, facts.training))
    steps = max(1, facts.training // batch)
    epochs = min(_MAX_EPOCHS, max(_MIN_EPOCHS, -(-_STEPS // steps)))
    tables = parts(facts)
    for label in ("reconstruction", "kl_z"):
        tables["loss"][label]["weight"] = {"linear": {"start": 0.02, "end": 1.0, "over": "10%"}}
    scale = {"scale": "standard"} if facts.form == "features" else {}
    return {
        "data": scale,
        **tables,
        "train": {
            "epochs": epochs,
            "batch_size": batch,
            "labelled_batch_size": facts.weights.labelled_batch,
            "evaluate_every": max(1, epochs // _EVALUATIONS),
            "optimizer": {
                "adam": {"learning_rate": {"cosine": {"start": 1e-3, "end": 2e-5, "over": "100%"}}}
            },
        },
    }
