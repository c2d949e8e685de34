"""Checks that inputs are images."""

from __future__ import annotations

from rcmvae_core.plugin.protocols import BuildContext


def image_shape(name: str, context: BuildContext) -> tuple[int, int, int]:
    """Return height, width and colours of an input.

    Args:
        name: of the augmentation, for the message.
        context: the shape of an input.

    Raises:
        ValueError: if inputs are not images.
    """
    if len(context.input_shape) != 3:  # noqa: PLR2004 - height, width, colours
        raise ValueError(
            f"augmentation `{name}` needs images of shape (H, W, C), got inputs of {context.input_shape}"
        )
    height, width, colors = context.input_shape
    return height, width, colors
