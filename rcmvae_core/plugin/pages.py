"""Reads the pages by which a package explains the diagnostic codes of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.plugin.declaration import Distribution


def read_pages(owner: Distribution, hook: Callable[[], Any]) -> Mapping[str, str]:
    """Return the pages of the codes of a package.

    Args:
        owner: the package.
        hook: its `rcmvae_pages`.

    Raises:
        RunError: E218 if it raises, returns anything else than texts by code, or a page without the title `# CODE: ...`.
    """
    name = f"`rcmvae_pages` of {owner.name} {owner.version}"
    try:
        found = hook()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin may even call sys.exit
        raise _failed(f"{name} raised {type(error).__name__}: {error}".splitlines()[0]) from error
    if not isinstance(found, Mapping) or not all(isinstance(x, str) for pair in found.items() for x in pair):
        raise _failed(f"{name} returned no mapping from codes to texts")
    for code, text in found.items():
        if not text.startswith(f"# {code}: "):
            raise _failed(f"{name}: the first line of the page of `{code}` must be `# {code}: TITLE`")
    return found


def _failed(message: str) -> RunError:
    return RunError([Diagnostic("E218", message, help=["report it to its author"])])
