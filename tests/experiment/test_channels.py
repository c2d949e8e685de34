"""The number of channels by data, of models that are trained on four planted clusters, and a mixture that prunes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file

SPEC = """
rcmvae = ">=0.1"
name = "planted"
seeds = [0]
[data]
scale = "standard"
[data.npz]
path = "PATH"
form = "features"
[latent]
dim = 2
[encoder.dense]
hidden = [64, 64]
input_gain = 8.0
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [64]
[head.gaussian]
mode = "learned"
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[train]
epochs = 60
batch_size = 64
[train.optimizer.adam]
learning_rate = 3e-3
"""
QUIET = ("figure={}", "score={}", "metric={}")
REGISTRY = discover("only:rcmvae")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def spec(tmp_path_factory) -> Path:
    """A spec of 2,000 inputs in four clusters of eight dimensions, at least ten deviations apart."""
    folder = tmp_path_factory.mktemp("planted")
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 8))
    centres *= 4.5 / np.linalg.norm(centres, axis=1, keepdims=True)
    group = rng.integers(0, 4, 2000)
    inputs = centres[group] + 0.5 * rng.normal(size=(2000, 8))
    np.savez(folder / "blobs.npz", x=inputs.astype(np.float32))
    path = folder / "spec.toml"
    path.write_text(SPEC.replace("PATH", str(folder / "blobs.npz")))
    return path


def trained(spec: Path, out: Path, *settings: str) -> dict[str, Any]:
    """The entry of the only seed, about its channels."""
    resolved = resolve_file(spec, [*QUIET, *settings], REGISTRY)
    return run(RunRequest(resolved, REGISTRY, out), lambda _: None).summary["seeds"][0]["channels"]


@pytest.mark.parametrize(("channels", "dispensable", "is_more"), [(3, 0, True), (4, 0, False), (8, 4, False)])
def test_four_clusters_need_four_channels(spec, tmp_path, channels, dispensable, is_more):
    entry = trained(spec, tmp_path / "run", f"latent.channels={channels}")
    assert (entry["used"], entry["dispensable"]) == (channels, dispensable)
    assert any(split["helps"] for split in entry["splits"]) == is_more


def test_a_sparse_mixture_leaves_a_channel_for_each_cluster(spec, tmp_path):
    entry = trained(
        spec, tmp_path / "run", "latent.channels=12", 'latent.layout="shared"', "prior=vamp_mixture",
        "conditioner=none", "loss.map.mixture_map={}", "loss.map.weight=100.0", "train.epochs=100", 'train.select="last"',
    )  # fmt: skip
    assert (entry["used"], entry["channels"], entry["dispensable"]) == (4, 12, 0)
