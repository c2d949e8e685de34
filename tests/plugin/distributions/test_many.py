"""Many distributions beside each other: all are listed, and none is in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.distributions.many import install

QUICKSTART = Path(__file__).parents[3] / "experiments" / "quickstart.toml"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("many")


def call(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RCMVAE_")} | {
        "PYTHONPATH": str(site)
    }
    command = [sys.executable, "-m", "rcmvae_core", *words]
    return subprocess.run(command, check=False, text=True, capture_output=True, env=environment, cwd=site)


def test_fifty_distributions_are_all_listed(site) -> None:
    names = install(site)
    done = call(site, "plugins", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    listed = [row for row in json.loads(done.stdout)["plugins"] if row["distribution"] in names]
    assert len(listed) == 500
    assert {row["distribution"] for row in listed} == set(names)
    assert len({(row["kind"], row["name"]) for row in listed}) == 500
    done = call(site, "validate", str(QUICKSTART))
    assert (done.returncode, done.stderr) == (0, "")
