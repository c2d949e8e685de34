"""Changes the inputs of a training step at random, by the augmentations of `[augmentation]`."""

from __future__ import annotations

import jax
from jaxtyping import Array, Float, Key

from rcmvae_core.model.build import Batch, ModelParts

# The keys of a step's forward pass and terms are split off the same key; a number as large as this gives another one.
_AUGMENTATION = 2**31


def augment(parts: ModelParts, batch: Batch, key: Key[Array, ""]) -> Batch:
    """Change the inputs of a batch, which are then both what the encoder sees and what is reconstructed.

    Args:
        parts: the model's parts; without augmentations the batch stays as it is.
        batch: the data of one step.
        key: of this step.

    Returns:
        The changed batch, with the same labels.
    """
    if not parts.augmentations:
        return batch
    unlabelled_key, labelled_key = jax.random.split(jax.random.fold_in(key, _AUGMENTATION))
    if parts.augmented != "labelled":
        batch = batch._replace(x=_changed(parts, batch.x, unlabelled_key))
    if parts.augmented != "unlabelled" and batch.labelled_x is not None:
        batch = batch._replace(labelled_x=_changed(parts, batch.labelled_x, labelled_key))
    return batch


def _changed(parts: ModelParts, x: Float[Array, "B *x"], key: Key[Array, ""]) -> Float[Array, "B *x"]:
    keys = jax.random.split(key, len(parts.augmentations))
    for augmentation, own_key in zip(parts.augmentations, keys, strict=True):
        x = augmentation(x, own_key)
    return x
