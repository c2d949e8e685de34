"""Declares a data set that a program passes to the core."""

from __future__ import annotations

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_plugins.data._errors import not_found
from rcmvae_plugins.data.params import ArraysParams


def arrays(params: ArraysParams) -> Dataset:
    """Load nothing: the data set is the one that a program passes to `rcmvae_core.experiment.run.run`.

    Args:
        params: the contents that the data set must have.

    Raises:
        RcmvaeError: E305, always, as this function is only called if no data set was passed.
    """
    raise not_found(
        f"data `arrays` (form `{params.form}`) needs a data set that is passed by a program",
        "in Python: rcmvae_core.experiment.run.run(RunRequest(resolved, registry, out, Dataset(...)), listen)",
        "on the command line use data `npz`, `table` or `image_folder`",
    )
