"""Finds the label store of a data set, unless a path is given."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels.records import Identity
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.runtime.user_files import is_file


def default_path(run: Path, data: str, identity: Identity) -> Path:
    """Return a path beside the run directory, so that all runs on the same data in one folder share a store.

    Args:
        run: the run directory.
        data: the name of its data plugin.
        identity: the data set.

    Example:
        >>> default_path(Path("/runs/first"), "mnist", Identity("0123456789abcdef", ())).as_posix()
        '/runs/labels/mnist-0123456789ab.sqlite'
    """
    return run.resolve().parent / "labels" / f"{data}-{identity.fingerprint[:12]}.sqlite"


def find_store(run: Path, data: str, identity: Identity, known: Callable[[], Collection[str]]) -> Path:
    """Return the path of a store beside the run directory: that of these inputs, or that which has labels of most of them.

    Labels so stay with their items when there are more of them, when they have another size, or in another folder. A
    store of other inputs counts if the data have at least half of its labelled items.

    Args:
        run: the run directory.
        data: the name of its data plugin.
        identity: the data set.
        known: returns the ids of its items; only called if there are stores of other inputs.

    Returns:
        The path; that of `default_path` if there is no store.
    """
    own = default_path(run, data, identity)
    others = [] if is_file(own) else sorted(own.parent.glob(f"{data}-*.sqlite"))
    items = set(known()) if others else set[str]()
    matches = {path: count for path in others if (count := _matches(path, identity, items))}
    return max(matches, key=lambda path: matches[path], default=own)


def _matches(path: Path, identity: Identity, items: Collection[str]) -> int:
    """Return how many labelled items of a store the data have; 0 if they are less than half, or it cannot be used."""
    try:
        with LabelStore(path, identity, lambda: items, read_only=True) as store:
            labelled = store.labels().keys()
    except RcmvaeError:
        return 0
    found = len(labelled & set(items))
    return found if 2 * found >= len(labelled) else 0
