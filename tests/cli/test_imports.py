"""Verbs that need no arrays start without the libraries that compute them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.commands import QUICKSTART

HEAVY = {"jax", "jaxlib", "numpy", "flax", "optax", "sklearn", "matplotlib", "scipy", "orbax", "tensorboardX"}
PROBE = """
import sys
from rcmvae_core.cli.main import main
code = main(sys.argv[1:])
sys.stderr.write("loaded " + " ".join({name.partition(".")[0] for name in sys.modules}))
sys.exit(code)
"""
SPEC = str(QUICKSTART)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["validate", SPEC],
        ["fill", SPEC, "--docs"],
        ["diff", SPEC, SPEC],
        ["schema"],
        ["plugins", "list"],
        ["plugins", "show", "head", "gaussian"],
        ["plugins", "doctor"],
        ["explain", "E201"],
        ["explain", "--list"],
        ["explain", SPEC, "latent.dim"],
    ],
    ids=lambda words: " ".join(words)[:20],
)
def test_light_verbs(words):
    done = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, check=False, text=True)
    assert done.returncode == 0
    loaded = set(done.stderr.partition("loaded ")[2].split())
    assert "rcmvae_core" in loaded
    assert not HEAVY & loaded
