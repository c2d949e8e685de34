"""Defines exporters, which write a trained model in a format of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float


class ExportedModel(NamedTuple):
    """A trained model, as an exporter sees it.

    Args:
        config: plain values that describe it: what `config.json` of `rcmvae export` has, such as its sizes, its classes
            and how inputs are scaled.
        arrays: the arrays of every seed, by paths such as `seed-0/params/encoder/logits/bias`.
        predict: `inputs [N *x] -> p(y|x) [N Y]`, inputs in the units of the training data; no columns without a
            classifier.
        program: returns StableHLO bytes of a function from inputs to probabilities, responsibilities and ELBO, which JAX
            runs without this package; it takes seconds.
    """

    config: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    predict: Callable[[Any], Float[np.ndarray, "N Y"]]
    program: Callable[[], bytes]


@runtime_checkable
class Exporter(Protocol):
    """Write files of a trained model into an empty folder, which is renamed once all is written."""

    def __call__(self, model: ExportedModel, folder: Path) -> None: ...
