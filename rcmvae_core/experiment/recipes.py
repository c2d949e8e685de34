"""Chooses a spec that fits data: the one place for the recipes of the estimator and of `rcmvae new spec --from`."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

_BATCH = 128
_STEPS = {"features": 3000, "image": 2000}
"""Training steps to aim at: small data are passed over more often."""
_MIN_EPOCHS, _MAX_EPOCHS = 20, 3000
_CERTAIN = "60%"
"""Share of the run over which channels become certain."""
_EVALUATIONS = 20
"""Evaluations in a run, at least."""
_UNEQUAL = 1.5
"""Labels of the most frequent class for each of the rarest from which on classes are not meant to be used equally."""
_RARE = 0.05
"""Share of the labels up to which a class is rare."""
_FEW = 50
"""Labels of the rarest class below which strong labels are only memorised."""
_MANY = 8
"""Channels up to which a class has two: where classes are few, one class is often two clusters."""
_CLUSTERS = 10
"""Channels of a run without labels."""
_LARGE = 32
"""Pixels of a side from which on images are convolved: what they show may be anywhere."""
_COLOURS = 3
_WIDE = 500
"""Features from which on most say nothing about the class, so that a few labels are easily memorised."""


class DataFacts(NamedTuple):
    """What a recipe depends on.

    Args:
        shape: of an input: (H, W, C) of an image, (F,) of features.
        training: the number of training inputs.
        counts: the labels of each class; empty without labels.
        are_counts: whether features count something, such as words or transcripts.
    """

    shape: tuple[int, ...]
    training: int
    counts: tuple[int, ...] = ()
    are_counts: bool = False

    @property
    def form(self) -> Literal["image", "features"]:
        """Whether inputs are images or features."""
        return "features" if len(self.shape) == 1 else "image"

    @property
    def weights(self) -> Weights:
        """The weights for the shares of the classes and the number of features."""
        known = [count for count in self.counts if count]
        if not known:
            return CLUSTERS
        if len(known) > 1 and min(known) <= _RARE * sum(known):
            return RARE if min(known) >= _FEW else RARE._replace(**_OF_FEW)
        if max(known) >= _UNEQUAL * min(known):
            weights = UNEQUAL
        else:
            weights = EQUAL if self.form == "features" else EQUAL._replace(classes=0.0)
        return weights._replace(**_OF_WIDE) if self.is_wide else weights

    @property
    def is_wide(self) -> bool:
        """Whether inputs have many features."""
        return self.form == "features" and self.shape[0] >= _WIDE

    @property
    def channels(self) -> int:
        """The number of channels."""
        classes = len(self.counts)
        if not classes:
            return _CLUSTERS
        return classes if self.is_wide else max(classes, min(2 * classes, _MANY))


class Weights(NamedTuple):
    """Weights of the losses beside the ELBO, in nats; the reconstruction is a sum over all values of an input.

    Args:
        elbo: of its terms.
        choose: of the entropy of q(c|x): each input chooses a channel.
        spread: of the entropy of the usage, negative: all channels are used equally.
        agree: of the consistency of q(c|x) under an augmentation.
        labels: of the supervised loss.
        classes: of the divergence of predicted classes from the shares of the labels.
        noise: standard deviation of the augmentation of features, whose own deviation is 1/8 when standardised.
        labelled_batch: labelled inputs in a step.
    """

    elbo: float
    choose: float
    spread: float
    agree: float
    labels: float
    classes: float
    noise: float
    labelled_batch: int = 32


CLUSTERS = Weights(elbo=1.0, choose=10.0, spread=-50.0, agree=50.0, labels=0.0, classes=0.0, noise=0.08)
"""Without labels: channels are clusters of equal size."""
EQUAL = Weights(elbo=0.1, choose=5.0, spread=-50.0, agree=50.0, labels=100.0, classes=50.0, noise=0.08)
"""For classes that are about as frequent. Images do without `classes`: with one to four labels of each class it made digits
worse with every round of new labels, 0.51 to 0.42, and without it they improved from 0.58 to 0.90."""
UNEQUAL = EQUAL._replace(spread=0.0)
"""For other shares: the usage of the channels of a class follows the labels, and is not equal."""
RARE = Weights(
    elbo=1.0, choose=0.0, spread=0.0, agree=20.0, labels=300.0, classes=5.0, noise=0.04, labelled_batch=128
)
"""For rare classes: stronger labels and weaker noise, and no need to choose a channel, which would hide a few inputs in the
channel of many."""
_OF_FEW = {"labels": 30.0, "agree": 5.0, "classes": 0.0}
"""What differs for few labels of a rare class, which stronger terms would only memorise."""
_OF_WIDE = {"elbo": 0.03, "agree": 20.0, "labels": 300.0}
"""What differs for many features, of which the reconstruction is a sum."""


def spec(facts: DataFacts, *, min_steps: int = 1) -> dict[str, Any]:
    """Return a spec that fits data, but for its name and its data.

    Args:
        facts: about the data.
        min_steps: steps of an epoch at least, for a program that repeats small data.

    Returns:
        Nested tables. Features are standardised, counts as logarithms of shares. The terms of the ELBO grow over a tenth
        of the run, so that labels shape the channels first, and those that make channels certain over more than half of
        it, so that early mistakes can be corrected. The learning rate falls to almost zero, so that seeds agree.
    """
    # Large, because the usage of channels is a running mean over batches.
    batch = max(1, min(_BATCH, facts.training))
    steps = max(min_steps, facts.training // batch)
    epochs = min(_MAX_EPOCHS, max(_MIN_EPOCHS, -(-_STEPS[facts.form] // steps)))
    scale = {"scale": "counts" if facts.are_counts else "standard"} if facts.form == "features" else {}
    return {
        "data": scale,
        **_parts(facts),
        "loss": _losses(facts),
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


def _parts(facts: DataFacts) -> dict[str, Any]:
    """Return the tables of latent, nets and classifier."""
    is_image, classes = facts.form == "image", len(facts.counts)
    is_large = is_image and min(facts.shape[:2]) >= _LARGE
    width = 256 if is_image and not is_large else 128
    encoder = (
        {"conv": {"features": [16, 32, 64], "hidden": [width]}}
        if is_large
        else {"dense": {"hidden": [width, width]}}
    )
    table: dict[str, Any] = {
        "latent": {"channels": facts.channels, "dim": 4},
        "encoder": encoder,
        "prior": {"mixture": {}},
        "routing": {"soft": {"top_m": 2}},
        "conditioner": {"film": {}},
        "backbone": {"dense": {"hidden": [width, width] if is_image and not is_large else [width]}},
        "head": {"bernoulli": {}} if is_image else {"gaussian": {"mode": "learned", "sigma_min": 0.02}},
    }
    return table | ({"classifier": {"tau": {"alpha": 0.01}}} if classes else {})


def _losses(facts: DataFacts) -> dict[str, Any]:
    """Return the table of losses."""
    weights = facts.weights
    growing = _linear(0.02 * weights.elbo, weights.elbo, "10%")
    losses: dict[str, Any] = {
        "reconstruction": {"weight": growing, "reconstruction": {}},
        "kl_z": {"weight": growing, "kl_latent": {}},
        "kl_c": {"weight": weights.elbo, "kl_channel": {}},
        "choose": {"weight": weights.choose, "responsibility_entropy": {}},
        "spread": {"weight": weights.spread, "usage_entropy": {}},
        "agree": {"weight": weights.agree, "channel_consistency": {"augmentation": _augmentation(facts)}},
        "labels": {"weight": weights.labels, "supervised": {}},
        "classes": {"weight": weights.classes, "class_usage": {}},
    }
    used = {label: loss for label, loss in losses.items() if loss["weight"] != 0.0}
    if facts.counts:
        for label in {"choose", "spread", "classes"} & used.keys():
            used[label]["weight"] = _linear(0.0, used[label]["weight"], _CERTAIN)
    return used


def _linear(start: float, end: float, over: str) -> dict[str, Any]:
    return {"linear": {"start": start, "end": end, "over": over}}


def _augmentation(facts: DataFacts) -> dict[str, Any]:
    """Return a change of an input that keeps its class: noise, or a shift, a turn and other colours."""
    if facts.form == "features":
        return {"noise": {"std": facts.weights.noise}}
    has_colours = facts.shape[-1] == _COLOURS
    return {"image": {"brightness": 0.3, "contrast": 0.3, "saturation": 0.5} if has_colours else {}}
