"""The parameters that the core reads itself: `[latent]`, `[train]`, and keys beside a part."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import Capabilities, Duration, ScheduleFn, param, schedule


@attrs.frozen
class LatentTable:
    """`[latent]`: sizes of the latent space."""

    channels: int = param(doc="Channels K, the values of the discrete latent.", ge=1, le=10_000)
    dim: int = param(doc="Size D of each continuous latent.", ge=1, le=65_536)
    layout: Literal["decentralized", "shared"] = param(
        "decentralized", doc="A latent z_c for each channel, or one z for all."
    )
    embedding_dim: int = param(16, doc="Size E of a channel's embedding e_c.", ge=1, le=65_536)

    def capabilities(self) -> Capabilities:
        """Tokens that these sizes provide."""
        many = ("channels.many",) if self.channels > 1 else ()
        return Capabilities(provides=(f"layout.{self.layout}", *many))


@attrs.frozen
class TrainTable:
    """`[train]`: how long, and in which batches."""

    epochs: int = param(doc="Passes over the training data.", ge=1, le=1_000_000)
    batch_size: int = param(
        128, doc="Inputs in a step; what is left of an epoch is dropped.", ge=1, le=1_000_000
    )
    labelled_batch_size: int = param(
        32, doc="Labelled inputs in a step, from a stream of their own.", ge=1, le=1_000_000
    )
    usage_decay: float = param(0.9, doc="Decay a step of the running mean of q(c|x).", ge=0, lt=1)
    evaluate_every: int = param(
        1, doc="Epochs between evaluations on the validation data.", ge=1, le=1_000_000
    )
    inputs: Literal["device", "stream"] = param(
        "device",
        doc="Where inputs are kept: all on the device, or where the data part has them, a few batches ahead.",
    )
    ensemble: Literal["in_turn", "together"] = param(
        "in_turn", doc="Seeds one after the other, or all in one program, which pays on an accelerator."
    )
    monitor: Literal["elbo", "accuracy"] = param(
        "elbo", doc="What of the validation data tells one state from a better one."
    )
    patience: int | None = param(
        None,
        doc="Evaluations without a better state after which training stops, once the objective has come to rest; absent, never.",
        ge=1,
        le=1_000_000,
    )
    min_delta: float = param(
        0.0, doc="How much better than the best a state must be to count as better.", ge=0, le=1e9
    )
    select: Literal["last", "best"] = param(
        "last", doc="Which state is the result; the best is looked for once the objective has come to rest."
    )
    checkpoint_every: Duration = param(Duration(1, "epochs"), doc="How often the state is saved.")
    checkpoint_seconds: float = param(
        10.0,
        doc="No save sooner than this after the last one, in seconds; the end and an interruption always save.",
        ge=0,
        le=86_400,
    )
    keep_last: int = param(2, doc="How many of the latest checkpoints of a seed are kept.", ge=1, le=1_000)
    keep_best: int = param(
        1, doc="How many of the best checkpoints by `monitor` are kept besides; 0 keeps none.", ge=0, le=1_000
    )

    def __attrs_post_init__(self) -> None:
        if self.select == "best" and not self.keep_best:
            raise ValueError('`select = "best"` needs `keep_best` of at least 1')
        if self.ensemble == "together" and self.inputs == "stream":
            raise ValueError(
                '`ensemble = "together"` needs `inputs = "device"`: each seed has an order of its own'
            )


@attrs.frozen
class DataTable:
    """Keys of `[data]` that hold for every data set."""

    labels_per_class: int | None = param(
        None, doc="Labels of each class that the model is given; absent, it is given all.", ge=0, lt=2**31
    )
    labels: int | None = param(
        None, doc="Labels of all classes together that the model is given, spread evenly.", ge=0, lt=2**31
    )
    label_noise: float = param(
        0.0, doc="Share of the given labels that are replaced by another class.", ge=0, lt=1
    )
    label_seed: int = param(0, doc="Seed of the draw of labels and of their noise.", ge=0, lt=2**32)
    label_store: str | None = param(
        None,
        doc="A label store, relative to the working folder, whose labels are given besides; absent, none is.",
    )
    label_revision: int | None = param(
        None,
        doc="The event of the label store up to which it counts; absent, the last, and the run says which.",
        ge=0,
        lt=2**53,
    )
    held_out_classes: tuple[str, ...] = param(
        (), doc="Names of classes that neither train nor judge, kept aside for studies of the unknown."
    )
    training_inputs: int | None = param(
        None, doc="Training inputs to use, a like share of each class; absent, all.", ge=1, lt=2**31
    )
    validation_fraction: float = param(
        0.1, doc="Share of the training data kept for validation, a like share of each class.", gt=0, lt=1
    )
    split_seed: int = param(
        0, doc="Seed of the draw of validation data and of training inputs.", ge=0, lt=2**32
    )

    def __attrs_post_init__(self) -> None:
        if self.labels is not None and self.labels_per_class is not None:
            raise ValueError("`labels` and `labels_per_class` exclude each other")
        if self.label_noise and not self.draws_labels:
            raise ValueError("`label_noise` needs labels of the data set, and none are given")
        if self.label_revision is not None and self.label_store is None:
            raise ValueError("`label_revision` needs `label_store`")

    @property
    def draws_labels(self) -> bool:
        """Whether the model is given any label of the data set."""
        return self.labels_per_class != 0 and self.labels != 0

    @property
    def gives_labels(self) -> bool:
        """Whether the model is given any label, of the data set or of people."""
        return self.draws_labels or self.label_store is not None


@attrs.frozen
class LossTable:
    """Keys of `[loss.<label>]` that hold for every loss."""

    weight: ScheduleFn = schedule(1.0, doc="Factor of the term in the objective.")
