"""Defines the data set that a data plugin returns, and the sizes with which plugins are built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import attrs
import numpy as np
from jaxtyping import Float, Int, UInt8, UInt16

from rcmvae_core.plugin.protocols.columns import ColumnBlock
from rcmvae_core.plugin.protocols.units import Units


@attrs.frozen
class BuildContext:
    """The sizes with which a plugin is built; no arrays.

    Args:
        input_shape: the shape of one input, (H, W, C) for images and (F,) for features.
        examples: the number of training inputs.
        labelled: the number of training inputs whose label the model is given.
        classes: the number Y of classes.
        channels: the number K of channels.
        dim: the size D of a latent.
        embedding_dim: the size E of a channel's embedding.
        layout: `decentralized`, one latent per channel, or `shared`, one for all.
        steps_per_epoch: training steps per epoch, by which durations are converted to steps.
        epochs: the number of epochs of the run.
        parts: implementations of the kinds that other distributions declare, a list per kind.
        label_counts: the given labels of each class, or the sum of their weights where these differ; empty if unknown.
        class_prior: how frequent each class is, from `class_prior` of `[data]` or the given labels; sums to one, and is
            empty if it is unknown.
        units: how x relates to the values of the data, where a part requires `inputs.counts` or `data.columns`; else
            None.
        columns: what the features of a table are, in their order; empty if inputs are no table.
        missing: whether x may lack values, which are NaN, as `missing = "mask"` of `[data]` says; an encoder never sees
            them.
        covariate_means: of each covariate in the training inputs, as they are scaled; empty without `covariates` in
            `[data]`, and for the parts that do not see them, whose `input_shape` is without them too.
        covariate_spreads: the standard deviation of each.
    """

    input_shape: tuple[int, ...]
    examples: int
    labelled: int
    classes: int
    channels: int
    dim: int
    embedding_dim: int
    layout: Literal["shared", "decentralized"]
    steps_per_epoch: int
    epochs: int
    parts: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    label_counts: tuple[float, ...] = ()
    class_prior: tuple[float, ...] = ()
    units: Units | None = None
    columns: tuple[ColumnBlock, ...] = ()
    missing: bool = False
    covariate_means: tuple[float, ...] = ()
    covariate_spreads: tuple[float, ...] = ()

    @property
    def covariates(self) -> int:
        """The number C of covariates, the last features of an input that the model is given."""
        return len(self.covariate_means)

    @property
    def posteriors(self) -> int:
        """The number k of latent posteriors that an encoder returns per input."""
        return self.channels if self.layout == "decentralized" else 1

    def class_weights(self, stated: Literal["balanced"] | tuple[float, ...] | None) -> tuple[float, ...]:
        """Return the weight of a label of each class.

        Args:
            stated: a number for each class; None for 1; or `balanced` for N / (Y n_y), by which all Y classes that have
                labels count alike, and the mean over the N labels is 1.

        Returns:
            A weight for each class.

        Raises:
            ValueError: if there is not one weight for each class.
        """
        if stated is None or (stated == "balanced" and not self.label_counts):
            return (1.0,) * self.classes
        if stated == "balanced":
            total, present = sum(self.label_counts), sum(count > 0 for count in self.label_counts)
            return tuple(total / (present * count) if count else 1.0 for count in self.label_counts)
        if len(stated) != self.classes:
            raise ValueError(f"`class_weight` has {len(stated)} values for {self.classes} classes")
        return stated


@runtime_checkable
class Source(Protocol):
    """Inputs that stay on disk and are read by index, in the order of the indices; a `np.memmap` is one.

    Several threads may read at once.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, indices: Int[np.ndarray, " n"], /) -> np.ndarray: ...


class Table(NamedTuple):
    """Rows of named columns, as a file or a data frame has them; the core encodes them as features.

    Args:
        columns: by name, numbers with NaN where one is missing, or strings that are empty where one is missing.
        types: the type that the user gives a column: `number`, `positive`, `count`, `ordinal`, `category`, `date` or
            `ignore`; others are inferred.
        origin: the file, for messages.
        lines: the line of each row in that file, for messages; empty, rows are numbered from 0.
    """

    columns: Mapping[str, np.ndarray]
    types: Mapping[str, str] = {}
    origin: str = ""
    lines: Sequence[int] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of rows and of columns."""
        return (len(next(iter(self.columns.values()), ())), len(self.columns))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type `object`, because columns have different types."""
        return np.dtype(object)

    def take(self, rows: Int[np.ndarray, " n"]) -> Table:
        """Return some rows, in the order of their indices."""
        lines = [self.lines[row] for row in rows.tolist()] if len(self.lines) else ()
        return self._replace(columns={name: c[rows] for name, c in self.columns.items()}, lines=lines)

    def line(self, row: int) -> str:
        """Return the place of a row, for messages."""
        return f"line {self.lines[row]}" if len(self.lines) else f"row {row}"


class Dataset(NamedTuple):
    """A whole data set on the host; the core takes validation inputs and the given labels from `train`.

    Args:
        inputs: in their stored type, uint8, uint16 or float; the model receives `inputs / maximum`, in [0, 1], or what
            the `scale` of `[data]` makes of them. A `Table` becomes an array of floats before.
        labels: the class of each input; -1 if it is unknown.
        train: indices of the training inputs.
        test: indices of the test inputs.
        class_names: the name of each class.
        maximum: the stored value that corresponds to 1.
        names: a name for each input, such as its file; empty if inputs have no names.
        ids: what identifies the source of each input, such as a hash of its file; it may be computed on use. Empty, the
            stored input identifies itself.
        notes: what reading the data noticed, such as files that were skipped; a sentence each.
        scaled: set by the core: whether it scales the inputs, which then may have any finite values.
        sample_weights: how often each input is drawn in training, relative to the others; None for equally often.
        missing: set by the core: whether NaN is a missing value, and not an error.
    """

    inputs: (
        UInt8[np.ndarray, "N *x"] | UInt16[np.ndarray, "N *x"] | Float[np.ndarray, "N *x"] | Source | Table
    )
    labels: Int[np.ndarray, " N"]
    train: Int[np.ndarray, " T"]
    test: Int[np.ndarray, " U"]
    class_names: tuple[str, ...]
    maximum: float
    names: Sequence[str] = ()
    ids: Sequence[str] = ()
    notes: tuple[str, ...] = ()
    scaled: bool = False
    sample_weights: Float[np.ndarray, " N"] | None = None
    missing: bool = False
