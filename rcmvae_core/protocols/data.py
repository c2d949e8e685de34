"""The data, and the sizes that a part is built for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import attrs
import numpy as np
from jaxtyping import Float, Int, UInt8


@attrs.frozen
class Context:
    """What a part may know when it is built; sizes only, no arrays.

    Args:
        input_shape: the shape of one input, (H, W, C) for images and (F,) for features.
        examples: training inputs.
        labelled: training inputs whose label the model is given.
        classes: classes Y that a label may name.
        channels: channels K.
        dim: latent size D.
        embedding_dim: channel embedding size E.
        layout: `decentralized`, a latent per channel, or `shared`, one for all.
        steps_per_epoch: steps in an epoch, to turn durations into steps.
        epochs: epochs of the run.
        parts: built parts of kinds that the core does not know, by kind.
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
        """Latent posteriors k that an encoder gives for one input."""
        return self.channels if self.layout == "decentralized" else 1


@runtime_checkable
class Source(Protocol):
    """Inputs that stay on disk: rows by index, in an order of the caller's; a `np.memmap` is one.

    Several threads may ask at once.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, indices: Int[np.ndarray, " n"], /) -> np.ndarray: ...


class Dataset(NamedTuple):
    """Everything a data part knows, on the host; the core takes validation inputs and labels out of `train`.

    Args:
        inputs: in their stored type, uint8 or a float; the model sees `inputs / maximum`, in [0, 1].
        labels: the class of each input; -1 is unknown.
        train: indices of inputs to train on.
        test: indices of inputs to judge by.
        class_names: a name for each class.
        maximum: the value of inputs that stands for 1.
    """

    inputs: UInt8[np.ndarray, "N *x"] | Float[np.ndarray, "N *x"] | Source
    labels: Int[np.ndarray, " N"]
    train: Int[np.ndarray, " T"]
    test: Int[np.ndarray, " U"]
    class_names: tuple[str, ...]
    maximum: float
