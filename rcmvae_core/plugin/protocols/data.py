"""Defines the data set that a data plugin returns, and the sizes with which plugins are built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import attrs
import numpy as np
from jaxtyping import Float, Int, UInt8


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

    @property
    def posteriors(self) -> int:
        """The number k of latent posteriors that an encoder returns per input."""
        return self.channels if self.layout == "decentralized" else 1


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


class Dataset(NamedTuple):
    """A whole data set on the host; the core takes validation inputs and the given labels from `train`.

    Args:
        inputs: in their stored type, uint8 or float; the model receives `inputs / maximum`, in [0, 1].
        labels: the class of each input; -1 if it is unknown.
        train: indices of the training inputs.
        test: indices of the test inputs.
        class_names: the name of each class.
        maximum: the stored value that corresponds to 1.
    """

    inputs: UInt8[np.ndarray, "N *x"] | Float[np.ndarray, "N *x"] | Source
    labels: Int[np.ndarray, " N"]
    train: Int[np.ndarray, " T"]
    test: Int[np.ndarray, " U"]
    class_names: tuple[str, ...]
    maximum: float
