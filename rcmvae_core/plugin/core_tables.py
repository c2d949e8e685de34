"""Defines the parameters that the core reads itself: `[latent]`, `[train]`, and keys beside a plugin."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import Capabilities, ScheduleFn, param, schedule


@attrs.frozen
class LatentTable:
    """`[latent]`: sizes of the latent space."""

    channels: int = param(doc="Number K of channels, the values of the discrete latent.", ge=1, le=10_000)
    dim: int = param(doc="Size D of each continuous latent.", ge=1, le=65_536)
    layout: Literal["decentralized", "shared"] = param(
        "decentralized", doc="A latent z_c for each channel, or one z for all."
    )
    embedding_dim: int = param(16, doc="Size E of a channel's embedding e_c.", ge=1, le=65_536)

    def capabilities(self) -> Capabilities:
        """Return the tokens that these sizes provide."""
        many = ("channels.many",) if self.channels > 1 else ()
        return Capabilities(provides=(f"layout.{self.layout}", *many))


@attrs.frozen
class AverageTable:
    """`[train.average]`: an exponential moving average of the parameters, the teacher of losses that need one."""

    decay: float = param(
        0.999,
        doc="Decay per step. The first steps use less, (1 + t) / (10 + t) in the t-th of them, so that the initial parameters are soon forgotten.",
        ge=0,
        lt=1,
    )
    start: Duration = param(
        Duration(0), doc="When averaging starts; until then the average equals the parameters."
    )
    use: Literal["predictions", "targets"] = param(
        "predictions",
        doc="What the average is for: `predictions`, which evaluation, the monitor and everything done with the trained model are made with, and the targets of losses; or these targets only.",
    )


@attrs.frozen
class TrainTable:
    """`[train]`: how long, and in which batches."""

    epochs: int = param(doc="Passes over the training data.", ge=1, le=1_000_000)
    batch_size: int = param(
        128, doc="Inputs in a step; an incomplete last batch of an epoch is dropped.", ge=1, le=1_000_000
    )
    labelled_batch_size: int = param(
        32, doc="Labelled inputs in a step, drawn from their own stream.", ge=1, le=1_000_000
    )
    usage_decay: float = param(0.9, doc="Decay per step of the running mean of q(c|x).", ge=0, lt=1)
    average: AverageTable | None = param(
        None,
        doc="An exponential moving average of all parameters, to predict with and as the teacher of losses such as `pseudo_channel`. Absent: none.",
    )
    evaluate_every: int = param(
        1, doc="Epochs between evaluations on the validation data.", ge=1, le=1_000_000
    )
    diagnostics_every: int | None = param(
        None,
        doc="Epochs between snapshots of usage, π, embeddings and latents, from which figures show the course of training. Absent: none are taken.",
        ge=1,
        le=1_000_000,
    )
    inputs: Literal["device", "stream"] = param(
        "device",
        doc="Where inputs are kept: all on the device, or streamed from the data plugin, a few batches ahead.",
    )
    ensemble: Literal["in_turn", "together"] = param(
        "in_turn",
        doc="Seeds one after the other, or all in one compiled program, which is faster on an accelerator.",
    )
    monitor: Literal["auto", "elbo", "accuracy", "balanced_accuracy"] = param(
        "auto",
        doc="Validation metric by which states are compared; `auto` is `balanced_accuracy` with a classifier and at least 8 validation inputs with a label, else `elbo`.",
    )
    patience: int | None = param(
        None,
        doc="Evaluations without improvement after which training stops; they count once all weight schedules and curricula have finished. Absent: never.",
        ge=1,
        le=1_000_000,
    )
    min_delta: float = param(
        0.0, doc="Smallest change of `monitor` that counts as an improvement.", ge=0, le=1e9
    )
    select: Literal["last", "best"] = param(
        "best",
        doc="Which state is the result: the last, or the best since all weight schedules and curricula have finished; of equal ones the last.",
    )
    checkpoint_every: Duration = param(Duration(1, "epochs"), doc="How often the state is saved.")
    checkpoint_seconds: float = param(
        10.0,
        doc="Least time between two checkpoints in seconds; the end and an interruption always save one.",
        ge=0,
        le=86_400,
    )
    keep_last: int = param(2, doc="Number of latest checkpoints that are kept per seed.", ge=1, le=1_000)
    keep_best: int = param(
        1, doc="Number of best checkpoints by `monitor` that are kept besides; 0 keeps none.", ge=0, le=1_000
    )

    def capabilities(self) -> Capabilities:
        """Return the token of an average of the parameters."""
        return Capabilities(provides=() if self.average is None else ("train.average",))

    def __attrs_post_init__(self) -> None:
        if self.select == "best" and not self.keep_best:
            raise ValueError('`select = "best"` needs `keep_best` of at least 1')
        if self.ensemble == "together" and self.inputs == "stream":
            raise ValueError(
                '`ensemble = "together"` needs `inputs = "device"`: each seed reads the inputs in its own order'
            )


Scale = Literal["minmax", "log", "standard", "robust", "counts", "none"]


@attrs.frozen
class DataTable:
    """Keys of `[data]` that apply to every data set."""

    scale: Scale | None = param(
        None,
        doc="How inputs are scaled by what the training inputs show: `minmax` to [0, 1]; `log` is `minmax` of log(1 + v), for counts of which the largest are far above the others; `standard` by mean and standard deviation, `robust` by median and interquartile range, which scale 4 deviations to 0 and 1; `counts` is `standard` of the logarithms of counts, whose sum in an input does not matter; `none` divides by the maximum of their type. Absent: `minmax` for tables and for features that are floats, else `none`.",
    )

    missing: Literal["fill", "mask"] = param(
        "fill",
        doc="What becomes of missing values: `fill` replaces those of a table by the median, with a feature that says so, and refuses NaN in arrays; `mask` leaves them out of the likelihood, and the encoder sees which values were observed.",
    )
    covariates: tuple[str, ...] = param(
        (),
        doc="Columns of a table that are known properties of a row, such as its batch or the instrument. They condition the decoder, so that the channels need not represent them.",
    )
    labels_per_class: int | None = param(
        None, doc="Labels per class that the model is given; absent, all.", ge=0, lt=2**31
    )
    labels: int | None = param(
        None, doc="Labels in total that the model is given, spread evenly over classes.", ge=0, lt=2**31
    )
    class_prior: tuple[float, ...] | dict[str, float] | None = param(
        None,
        doc="How frequent each class is: a table from the name of each class to its share, or shares or counts in the order of the classes; absent, as the given labels say, with equal shares where these are compatible with few labels.",
        gt=0,
        le=1e12,
        min_length=1,
    )
    label_noise: float = param(
        0.0, doc="Fraction of the given labels that are replaced by another class.", ge=0, lt=1
    )
    label_seed: int = param(0, doc="Seed of the choice of labels and of their noise.", ge=0, lt=2**32)
    label_store: str | None = param(
        None,
        doc="Path of a label store whose labels are given too, relative to the working folder; absent, none.",
        path=True,
    )
    label_revision: int | None = param(
        None,
        doc="Last event of the label store that counts; absent, the latest, which the run then records.",
        ge=0,
        lt=2**53,
    )
    held_out_classes: tuple[str, ...] = param(
        (),
        doc="Names of classes that are used neither for training nor for evaluation, kept for out-of-distribution studies.",
    )
    training_inputs: int | None = param(
        None, doc="Training inputs to use, the same fraction of each class; absent, all.", ge=1, lt=2**31
    )
    validation_fraction: float = param(
        0.1, doc="Fraction of the training data kept for validation, the same of each class.", gt=0, lt=1
    )
    calibration_fraction: float = param(
        0.0,
        doc="Fraction of the given labels of each class that are kept for calibrators, which then use no others; neither the labels nor their inputs train. With 0 calibrators use the labels of validation inputs, or where these are too few the labels that trained.",
        ge=0,
        lt=1,
    )
    split_seed: int = param(
        0, doc="Seed of the choice of validation data and of training inputs.", ge=0, lt=2**32
    )

    def capabilities(self) -> Capabilities:
        """Return the token that covariates require of the conditioner."""
        return Capabilities(requires=("decoder.covariates",) if self.covariates else ())

    def __attrs_post_init__(self) -> None:
        if self.covariates and self.scale == "counts":
            raise ValueError('`covariates` need another `scale` than "counts", whose sums would count them')
        if self.covariates and self.missing == "mask":
            raise ValueError(
                '`covariates` need `missing = "fill"`: what a covariate lacks cannot be left out'
            )
        if len(set(self.covariates)) < len(self.covariates):
            raise ValueError("`covariates` names a column twice")
        if self.labels is not None and self.labels_per_class is not None:
            raise ValueError("`labels` and `labels_per_class` exclude each other")
        if self.label_noise and not self.draws_labels:
            raise ValueError("`label_noise` needs labels of the data set, but none are given")
        if self.label_revision is not None and self.label_store is None:
            raise ValueError("`label_revision` needs `label_store`")
        if self.missing == "mask" and self.scale == "counts":
            raise ValueError(
                '`missing = "mask"` does not go with `scale = "counts"`: the sum of an input is not known'
            )

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
    """Keys of `[loss.<label>]` that apply to every loss."""

    weight: ScheduleFn = schedule(1.0, doc="Factor of the term in the objective.")
    changeable: bool = param(
        False, doc="Whether a callback may multiply the weight by a factor in the course of training."
    )


@attrs.frozen
class AugmentationTable:
    """Keys of `[augmentation]` that apply to all of its plugins."""

    on: Literal["all", "labelled", "unlabelled"] = param(
        "all",
        doc="Which inputs of a training step are changed: those with their labels, those that are drawn without looking at labels, or both.",
    )


CORE_TABLES: dict[str, type] = {"latent": LatentTable, "train": TrainTable}
"""The tables of a spec that the core reads itself, by name."""
