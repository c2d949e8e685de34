"""Arrays of a program's own; the core takes them from its caller."""

from __future__ import annotations

from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.faults import absent
from rcmvae_plugins.data.params import ArraysParams


def arrays(params: ArraysParams) -> Dataset:
    """There is nothing to load: a caller hands the data set to `rcmvae_core.experiment.run`.

    Args:
        params: what the data set is said to hold.

    Raises:
        RcmvaeError: E305, for nobody handed one in.
    """
    raise absent(
        f"data `arrays` ({params.form}) takes its data set from a program, and none was handed in",
        "in Python: rcmvae_core.experiment.run(Request(resolved, registry, out, Dataset(...)), listen)",
        "on the command line use data `npz`, `table` or `image_folder`",
    )
