"""Holds what a label store says about the inputs of a data set."""

from __future__ import annotations

import attrs
import numpy as np
from jaxtyping import Int

from rcmvae_core.labels.records import Class


@attrs.frozen(eq=False)
class LabelState:
    """What the store says after an event.

    Args:
        revision: the number of the event; 0 before the first.
        classes: every class, including merged and retired ones, by id.
        first_names: the classes of the data set when the store was created.
        labels: the class id that the store gives each input, -1 where it gives none; int32.
    """

    revision: int
    classes: tuple[Class, ...]
    first_names: tuple[str, ...]
    labels: Int[np.ndarray, " N"]
