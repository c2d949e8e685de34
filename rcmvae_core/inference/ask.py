"""The classes and channels that a person names."""

from __future__ import annotations

from typing import Any

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference.sizes import Sizes


def channel(number: int, sizes: Sizes) -> int:
    """A channel's number.

    Raises:
        RcmvaeError: E422 if there is none.
    """
    count = sizes.context.channels
    if not 0 <= number < count:
        raise _refuse(f"there is no channel {number}", f"channels are 0 to {count - 1}")
    return number


def label(wanted: int | str, names: tuple[str, ...], tau: Any) -> int:
    """A class's number, by its name, else as its number.

    Raises:
        RcmvaeError: E422 if there is none, or the model has no classifier.
    """
    if not tau.shape[1]:
        raise _refuse("the model has no classifier, so that no channel has a label", "ask for a channel")
    if str(wanted) in names:
        return names.index(str(wanted))
    if str(wanted).isdecimal() and int(wanted) < len(names):
        return int(wanted)
    known = ", ".join(f"`{name}`" for name in names)
    raise _refuse(f"there is no class `{wanted}`", f"known classes: {known}")


def _refuse(message: str, remedy: str) -> RcmvaeError:
    return RcmvaeError([Diagnostic("E422", message, help=[remedy])])
