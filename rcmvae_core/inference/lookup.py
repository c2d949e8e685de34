"""Resolves the classes and channels that a user names."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.errors import fail, quoted


def channel_index(number: int, channels: int) -> int:
    """Return a channel's number, if the model has that channel.

    Raises:
        RcmvaeError: E422 if it has not.
    """
    if not 0 <= number < channels:
        fail("E422", f"the model has no channel {number}", help=[f"channels are 0 to {channels - 1}"])
    return number


def class_index(name: int | str, class_names: tuple[str, ...], tau: Float[np.ndarray, "K Y"]) -> int:
    """Return a class's number, by its name or else by its number.

    Args:
        name: the name or number.
        class_names: a name for each class.
        tau: channel to label; no columns without a classifier.

    Raises:
        RcmvaeError: E422 if the class is unknown, or the model has no classifier.
    """
    if not tau.shape[1]:
        message = "the model has no classifier, so its channels have no labels"
        fail("E422", message, help=["name a channel instead of a label"])
    if str(name) in class_names:
        return class_names.index(str(name))
    if str(name).isdecimal() and int(name) < len(class_names):
        return int(name)
    fail("E422", f"unknown class `{name}`", help=[f"known classes: {quoted(class_names)}"])
