"""Parameters of trackers."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import param


def _refuse_blank(**texts: str | None) -> None:
    for name, text in texts.items():
        if text is not None and not text.strip():
            raise ValueError(f"`{name}` must not be blank")


@attrs.frozen
class MlflowParams:
    """`[tracker.mlflow]`."""

    uri: str | None = param(
        None,
        doc="Server or database; absent, `MLFLOW_TRACKING_URI`, else `mlflow.db` beside the run directory.",
    )
    experiment: str = param("rcmvae", doc="The experiment that the run belongs to; made if it is absent.")

    def __attrs_post_init__(self) -> None:
        _refuse_blank(uri=self.uri, experiment=self.experiment)


@attrs.frozen
class WandbParams:
    """`[tracker.wandb]`."""

    project: str = param("rcmvae", doc="The project that the run belongs to.")
    entity: str | None = param(None, doc="User or team that owns the project; absent, the account's default.")
    mode: Literal["online", "offline", "disabled"] = param(
        "offline",
        doc="Whether to send, to keep files in the run directory for `wandb sync`, or to do nothing.",
    )
    group: str | None = param(
        None, doc="What the seeds are gathered under; absent, the name of the run directory."
    )

    def __attrs_post_init__(self) -> None:
        _refuse_blank(project=self.project, entity=self.entity, group=self.group)
