"""Writes a trained model by an exporter, a plugin that knows another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.inference.export import as_config, exported_arrays, serialize_program
from rcmvae_core.model.build import build_part
from rcmvae_core.plugin.failures import failure
from rcmvae_core.plugin.protocols import ExportedModel, Exporter
from rcmvae_core.plugin.registry import BUILT_INS
from rcmvae_core.plugin.resolved import ResolvedPart

if TYPE_CHECKING:
    from rcmvae_core.inference.trained_model import TrainedModel


def write_by(trained: TrainedModel, part: ResolvedPart, folder: Path) -> None:
    """Write a folder by an exporter.

    Args:
        trained: the model.
        part: the exporter.
        folder: a path that does not exist yet.

    Raises:
        RcmvaeError: E217 if the exporter does not support the model, E218 if it raises or writes nothing.
        OSError: if the folder cannot be written.
    """
    exporter: Exporter = build_part(part, trained.model.context)
    folder.mkdir()
    try:
        exporter(exported_model(trained), folder)
    except (RcmvaeError, OSError):
        raise
    except Exception as error:
        if part.registered.distribution.name == BUILT_INS:
            raise
        raise RunError([failure(part, error)]) from error
    if not any(folder.iterdir()):
        raise RunError([failure(part, "wrote no file")])


def exported_model(trained: TrainedModel) -> ExportedModel:
    """Return what an exporter sees of a trained model."""

    def predict(inputs: Any) -> Float[np.ndarray, "N Y"]:
        return trained.predict(inputs).probabilities

    return ExportedModel(
        as_config(trained), exported_arrays(trained), predict, lambda: serialize_program(trained)
    )
