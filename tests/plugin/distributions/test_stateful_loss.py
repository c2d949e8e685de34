"""A loss with parameters and a state of its own, in a package: trained, resumed bit-identically, and of no prediction."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.plugin.distributions.conftest import INTERRUPTED, NAMES, run

IMPLEMENTATION = '''
import jax
import jax.numpy as jnp
from rcmvae_core import StatefulLoss


def own_loss(params, context):
    """Keep the encoder near the mean of its past, and weigh that by a learned factor.

    Args:
        params: unused.
        context: unused.

    Returns:
        A loss whose state is the running mean of the encoder.
    """
    del params, context

    def apply(own, state, inputs):
        now = inputs.params["encoder"]
        distance = sum(jnp.sum((a - b) ** 2) for a, b in zip(jax.tree.leaves(now), jax.tree.leaves(state), strict=True))
        after = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, state, now)
        return jnp.full(len(inputs.x), jnp.exp(own["log_weight"]) * distance - own["log_weight"]), after

    return StatefulLoss(
        init=lambda key, _: {"log_weight": 0.1 * jax.random.normal(key, ())},
        init_state=lambda _, params: params["encoder"],
        apply=apply,
    )
'''


@pytest.fixture(scope="module")
def home(kinds_home, tmp_path_factory):
    """A folder with the spec of all kinds, and the folders of packages, of which one has such a loss."""
    folder = tmp_path_factory.mktemp("stateful")
    shutil.copytree(kinds_home / "site-loss", folder / "site")
    (module,) = (folder / "site").glob("*/own_loss.py")
    module.write_text(IMPLEMENTATION)
    (folder / "work").mkdir()
    for name in ("spec.toml", "inputs.npy"):
        shutil.copy(kinds_home / "work" / name, folder / "work")
    return folder / "work", [
        *(kinds_home / f"site-{name}" for name in NAMES if name != "loss"),
        folder / "site",
    ]


def test_it_conforms(home) -> None:
    work, sites = home
    report = json.loads(
        run(["-m", "rcmvae_core", "plugins", "check", "loss", "own_loss", "--json"], work, *sites)
    )
    outcomes = report["outcomes"] if "outcomes" in report else report["reports"][0]["outcomes"]
    failed = [each for each in outcomes if each["state"] == "failed" and each["check"] != "bounds"]
    assert failed == []


@pytest.mark.long
def test_a_resumed_run_ends_like_one_that_was_not_interrupted(home) -> None:
    work, sites = home
    run(["-m", "rcmvae_core", "run", "spec.toml", "--out", "whole"], work, *sites)
    run(["-c", INTERRUPTED], work, *sites)
    run(["-m", "rcmvae_core", "resume", "half"], work, *sites)
    whole, half = (
        json.loads((work / name / "summary.json").read_text())["seeds"] for name in ("whole", "half")
    )
    for one in (*whole, *half):
        del one["seconds"]
    assert whole == half
    for name in ("whole", "half"):
        run(["-m", "rcmvae_core", "predict", name, "inputs.npy", "-o", f"{name}.csv"], work, *sites)
    assert (work / "whole.csv").read_text() == (work / "half.csv").read_text()
