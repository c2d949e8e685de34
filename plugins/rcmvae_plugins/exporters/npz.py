"""Builds the exporter of NumPy archives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from rcmvae_core.plugin.protocols import BuildContext, ExportedModel, Exporter
from rcmvae_plugins.exporters.params import NpzParams


def npz(params: NpzParams, context: BuildContext) -> Exporter:
    """Write `seed-N.npz` with the arrays of each seed by path, and `config.json`, for programs that have NumPy alone.

    Args:
        params: whether archives are compressed.
        context: unused.

    Returns:
        An Exporter.
    """
    del context
    save = np.savez_compressed if params.compressed else np.savez

    def export(model: ExportedModel, folder: Path) -> None:
        for seed in model.config["seeds"]:
            prefix = f"seed-{seed}/"
            arrays: dict[str, Any] = {
                name.removeprefix(prefix): a for name, a in model.arrays.items() if name.startswith(prefix)
            }
            save(folder / f"seed-{seed}.npz", **arrays)
        (folder / "config.json").write_text(json.dumps(model.config, indent=2) + "\n", encoding="utf-8")

    return export
