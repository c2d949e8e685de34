"""Check exporters, which write files of a trained model."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path

import numpy as np

from rcmvae_core.plugin.protocols import BuildContext, ExportedModel
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed

_SEEDS = (0, 3)


def exported_model(context: BuildContext) -> ExportedModel:
    """Return a model with the parts that every exported one has, of random arrays.

    Args:
        context: has the sizes.
    """
    rng = np.random.default_rng(0)
    classes = context.classes
    tau = rng.dirichlet(np.ones(classes), context.channels) if classes else np.zeros((context.channels, 0))
    weights = rng.normal(size=(context.dim, context.channels)).astype(np.float32)
    config = {
        "format": 2,
        "name": "example",
        "seeds": list(_SEEDS),
        "model": {
            "input_shape": list(context.input_shape),
            "channels": context.channels,
            "dim": context.dim,
            "classes": classes,
            "class_names": [f"class {number}" for number in range(classes)],
            "maximum": 1.0,
            "dtype": "float32",
            "scaling": None,
            "columns": None,
        },
        "tau": [tau.tolist() for _ in _SEEDS],
        "versions": {},
        "plugins": [],
        "program": {"inputs": [["n", *context.input_shape], "float32"], "outputs": ["probabilities"]},
    }
    arrays = {f"seed-{seed}/params/encoder/logits/kernel": weights + seed for seed in _SEEDS}
    return ExportedModel(
        config,
        arrays,
        lambda inputs: np.full((len(inputs), classes), 1 / max(1, classes)),
        lambda: b"program",
    )


def check_exporter(case: PluginCase) -> None:
    """Check that an exporter writes files into the folder, the same each time, and leaves the model as it is."""
    model = exported_model(case.context)
    before = copy.deepcopy((model.config, dict(model.arrays)))
    first, second = _written(case, model), _written(case, model)
    if not first:
        raise CheckFailed("it must write at least one file into the folder")
    if first != second:
        raise CheckFailed("called a second time, it writes other files")
    same = json.dumps(before[0]) == json.dumps(model.config) and all(
        np.array_equal(array, model.arrays[name]) for name, array in before[1].items()
    )
    if not same:
        raise CheckFailed("it must not change the model")


def _written(case: PluginCase, model: ExportedModel) -> dict[str, bytes]:
    """Return the content of each file that the exporter writes, by path."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "exported"
        folder.mkdir()
        result = case.build()(model, folder)
        if result is not None:
            raise CheckFailed(f"an exporter writes files and returns None, got a `{type(result).__name__}`")
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
