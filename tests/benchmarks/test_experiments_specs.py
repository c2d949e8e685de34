"""Every spec of `experiments/` in a folder is valid, can be planned, and trains at a size that takes seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rcmvae_core import fit
from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.main import main
from tests.benchmarks.experiments.data_files import Files
from tests.benchmarks.experiments.questions import FOLDER, QUESTIONS
from tests.benchmarks.experiments.training import settings_of

SPECS = sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("*/*.toml"))
SMALL = (
    "seeds=[0]", "train.batch_size=16", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]", "data.labels_per_class=2",
)  # fmt: skip
SOON = {
    *(f"01-decentralized/{name}" for name in ("base", "shared")), "03-ultimate/source", "04-curriculum/plateau",
    "05-heteroscedastic/beta", *(f"06-vampprior/{name}" for name in ("standard", "vamp", "vamp-mixture")),
    "07-geometric/circle",
}  # fmt: skip
"""Specs that train in every run of the suite, which cost a minute; the others exchange one part that other tests train."""
IMPOSED = {"07-geometric/circle": ["W301"]}
"""Warnings that a spec cannot do without."""


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Files:
    """As `make experiments` writes them, with noise for pictures."""
    folder = tmp_path_factory.mktemp("experiments")
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (140, 6, 6, 1), np.uint8)
    labels = np.arange(140) % 10
    found = Files(folder / "binary.npz", folder / "grey.npz")
    np.savez(found.binary, x=pixels[:100] // 128 * 255, test=pixels[100:] // 128 * 255)
    np.savez(found.grey, x=pixels[:100], y=labels[:100], test=pixels[100:], test_y=labels[100:])
    return found


def settings(spec: str, files: Files) -> list[str]:
    known = [value for value in SMALL if not (spec.startswith("06-") and value.startswith("data.labels"))]
    return settings_of(spec, files, 2, known)


def test_every_spec_belongs_to_a_question() -> None:
    assert set(SPECS) == {spec for question in QUESTIONS for spec in question.specs}


@pytest.mark.parametrize("spec", SPECS)
def test_a_spec_is_valid_without_warnings(spec) -> None:
    resolved, _ = read(FOLDER / f"{spec}.toml", [])
    assert [warning.code for warning in resolved.warnings] == IMPOSED.get(spec, [])


@pytest.mark.parametrize("spec", SPECS)
def test_a_spec_can_be_planned(spec, files, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    words = [word for value in settings(spec, files) for word in ("--set", value)]
    assert main(["run", str(FOLDER / f"{spec}.toml"), "--dry-run", *words]) == 0


@pytest.mark.parametrize(
    "spec", [pytest.param(spec, marks=() if spec in SOON else pytest.mark.long) for spec in SPECS]
)
def test_a_spec_trains(spec, files) -> None:
    model = fit(FOLDER / f"{spec}.toml", settings=settings(spec, files))
    assert all(np.isfinite(np.asarray(leaf)).all() for leaf in _leaves(model.states[0].params))


def _leaves(tree: object) -> list[object]:
    return [leaf for value in tree.values() for leaf in _leaves(value)] if isinstance(tree, dict) else [tree]


def test_specs_are_in_the_readme() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [spec for spec in SPECS if f"`{spec}.toml`" not in text] == []


def test_folders_hold_nothing_else() -> None:
    others = [path for path in Path(FOLDER).glob("*/*") if path.suffix != ".toml"]
    assert others == []
