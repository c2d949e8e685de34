"""Returns where the label store of a data set is, unless a path is given."""

from __future__ import annotations

from pathlib import Path

from rcmvae_core.labels.records import Identity


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
