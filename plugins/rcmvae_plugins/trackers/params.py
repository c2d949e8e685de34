"""Defines the parameters of trackers."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


def _refuse_blank(**strings: str | None) -> None:
    for name, string in strings.items():
        if string is not None and not string.strip():
            raise ValueError(f"`{name}` must not be blank")


@attrs.frozen
class MlflowParams:
    """Parameters of `mlflow`."""

    uri: str | None = param(
        None,
        doc="Server or database; if absent, `MLFLOW_TRACKING_URI`, else `mlflow.db` next to the run directory.",
    )
    experiment: str = param("rcmvae", doc="Experiment of the run; created if it does not exist.")

    def __attrs_post_init__(self) -> None:
        _refuse_blank(uri=self.uri, experiment=self.experiment)


@attrs.frozen
class WandbParams:
    """Parameters of `wandb`."""

    project: str = param("rcmvae", doc="Project of the run.")
    entity: str | None = param(
        None, doc="User or team that owns the project; the account's default if absent."
    )
    mode: Literal["online", "offline", "disabled"] = param(
        "offline",
        doc="Send the run, write it into the run directory for `wandb sync`, or do nothing.",
    )
    group: str | None = param(
        None, doc="Group of the runs of all seeds; the name of the run directory if absent."
    )

    def __attrs_post_init__(self) -> None:
        _refuse_blank(project=self.project, entity=self.entity, group=self.group)
