"""Tiny runs of every kind of data and model that the explore page has to show."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import numpy as np
from PIL import Image

from rcmvae_core.cli.main import main

MARKUP = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(2)<script>"  # a file name has no slash

_SPEC = """
name = {title}
seeds = {seeds}
[data]
{given}
[data.{data}]
{source}
[latent]
channels = {channels}
dim = {dim}
layout = "{layout}"
embedding_dim = 2
[encoder.dense]
hidden = [16]
[prior.mixture]
[routing.soft]
[conditioner.none]
[backbone.dense]
hidden = [16]
[head.{head}]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[metric]
[figure]
[train]
epochs = {epochs}
batch_size = 64
[train.optimizer.adam]
learning_rate = 0.01
"""
_ARRAYS = 'path = "{{here}}/{name}.npz"\nform = "features"\n'
_FEATURES = 'scale = "minmax"\nlabels_per_class = 5'
_RARE = 'scale = "minmax"\nlabels_per_class = 2'
_CLASSES = """
[loss.labels]
weight = 20.0
[loss.labels.supervised]
[classifier.tau]
"""


@attrs.frozen
class Variant:
    """A run to explore.

    Attributes:
        write: writes the data into a folder; None for the digits.
        data: name of the data plugin.
        source: its parameters; `{here}` is the folder of the data.
        given: parameters beside it.
        classes: whether the model has a classifier.
        inputs: how many inputs there are.
        more: further tables of the spec.
        kinds: kinds of which a package beside ours has a plugin.
    """

    write: Callable[[Path], None] | None = None
    data: str = "digits"
    source: str = ""
    given: str = "labels_per_class = 5"
    title: str = "run"
    channels: int = 4
    dim: int = 2
    layout: str = "decentralized"
    head: str = "bernoulli"
    seeds: tuple[int, ...] = (0,)
    classes: bool = True
    epochs: int = 1
    inputs: int = 1797
    more: str = ""
    kinds: tuple[str, ...] = ()


def train(variant: Variant, folder: Path) -> Path:
    """Write the data and the spec, train, and return the run directory."""
    folder.mkdir(parents=True)
    if variant.write:
        variant.write(folder)
    if variant.kinds:
        _package(variant.kinds, folder / "site")
    fields = attrs.asdict(variant, recurse=False) | {
        "title": _quoted(variant.title),
        "seeds": list(variant.seeds),
        "source": variant.source.format(here=folder),
    }
    text = _SPEC.format(**fields) + (_CLASSES if variant.classes else "") + variant.more
    (folder / "spec.toml").write_text(text, encoding="utf-8")
    words = ["run", str(folder / "spec.toml"), "--out", str(folder / "run")]
    if variant.kinds:
        # Packages are discovered once in a process, so that this run needs one of its own.
        command = [sys.executable, "-m", "rcmvae_core", *words]
        subprocess.run(
            command, check=True, env={**os.environ, **variables(variant, folder)}, capture_output=True
        )
    else:
        assert main(words) == 0
    return folder / "run"


def variables(variant: Variant, folder: Path) -> dict[str, str]:
    """Return what the environment of its processes needs beside ours."""
    if not variant.kinds:
        return {}
    return {"PYTHONPATH": os.pathsep.join([str(folder / "site"), *(path for path in sys.path if path)])}


def _quoted(text: str) -> str:
    return "'" + text + "'"


def _package(kinds: tuple[str, ...], site: Path) -> None:
    """Put a package for each kind on the path as an installer does, from the template of `rcmvae new plugin`."""
    for kind in kinds:
        name, source = f"guest_{kind}", site.parent / "sources" / kind
        with contextlib.redirect_stdout(io.StringIO()):
            assert main(["new", "plugin", kind, f"own_{kind}", "--package", name, "--out", str(source)]) == 0
        site.mkdir(exist_ok=True)
        (source / name).rename(site / name)
        information = site / f"{name}-0.1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
        (information / "entry_points.txt").write_text(f"[rcmvae.plugins.v1]\n{name} = {name}\n")


def _table(folder: Path) -> None:
    rng = np.random.default_rng(0)
    with (folder / "flowers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("petal length", "petal width [mm]", "income", "colour", "picked on", "kind"))
        for row in range(400):
            kind = row % 3
            writer.writerow((
                round(rng.normal(kind, 0.3), 3) if rng.random() > 0.1 else "",
                round(rng.normal(10 * kind, 2), 2),
                round(float(rng.lognormal(10, 1))),
                ("red", "a rather long name of a colour", "", "blue")[rng.integers(4)],
                f"2026-0{1 + row % 9}-11",
                ("rose", "tulip", "lily")[kind] if rng.random() > 0.2 else "",
            ))  # fmt: skip


def _two_classes(folder: Path) -> None:
    rng = np.random.default_rng(1)
    rare = rng.random(1000) < 0.02
    np.savez(
        folder / "rare.npz",
        x=rng.normal(rare[:, None] * 2.0, 1, (1000, 6)).astype(np.float32),
        y=rare.astype(int),
    )


def _waves(folder: Path) -> None:
    rng = np.random.default_rng(2)
    kinds = np.arange(400) % 2
    phases = rng.random((400, 1)) * 6
    waves = np.sin(np.linspace(0, 6, 48) * (1 + kinds[:, None]) + phases) + rng.normal(0, 0.1, (400, 48))
    np.savez(folder / "waves.npz", x=waves.astype(np.float32), y=kinds)


def _colours(folder: Path, height: int = 32, width: int = 32) -> None:
    rng = np.random.default_rng(3)
    names = (MARKUP, "green", "unlabelled")
    for place in range(300):
        pixels = rng.integers(0, 90, (height, width, 3), dtype=np.uint8)
        pixels[:, : width // 2, place % 3] += 150
        path = folder / "pictures" / names[place % 3] / f"{SCRIPT}{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)


def _wide(folder: Path) -> None:
    _colours(folder, 20, 60)


def _tall(folder: Path) -> None:
    _colours(folder, 60, 16)


def _many_classes(folder: Path) -> None:
    rng = np.random.default_rng(4)
    kinds = np.arange(1000) % 200
    x = rng.normal(np.stack([kinds // 15, kinds % 15], 1), 0.2).astype(np.float32)
    np.savez(folder / "many.npz", x=np.tile(x, (1, 4)), y=np.array([f"species {each:03}" for each in kinds]))


_DIGITS = Variant()
_WAVES = Variant(
    _waves, "npz", _ARRAYS.format(name="waves") + 'labels = "y"', _FEATURES, head="gaussian", inputs=400
)
_TABLE = Variant(
    _table,
    "table",
    'path = "{here}/flowers.csv"\nlabel = "kind"',
    _FEATURES,
    head="gaussian",
    channels=5,
    inputs=400,
)
_PICTURES = Variant(_colours, "image_folder", 'path = "{here}/pictures"', inputs=300)
_GUESTS = """
[score.own_score]
[score.elbo]
[acquisition.own_acquisition]
[acquisition.entropy]
[projection.own_projection]
"""
VARIANTS: Mapping[str, Variant] = {
    "table": _TABLE,
    "waves": _WAVES,
    "colours": _PICTURES,
    "wide": attrs.evolve(_PICTURES, write=_wide, layout="shared"),
    "tall": attrs.evolve(_PICTURES, write=_tall, dim=8),
    "one_channel": attrs.evolve(_DIGITS, channels=1),
    "hundred_channels": attrs.evolve(_DIGITS, channels=100),
    "one_dimension": attrs.evolve(_DIGITS, dim=1),
    "eight_dimensions": attrs.evolve(_DIGITS, dim=8, channels=10),
    "shared": attrs.evolve(_DIGITS, layout="shared", channels=10),
    "shared_one_dimension": attrs.evolve(_DIGITS, layout="shared", dim=1, head="heteroscedastic"),
    "without_labels": attrs.evolve(_DIGITS, given="labels = 0", classes=False),
    "without_classes": attrs.evolve(
        _WAVES, source=_ARRAYS.format(name="waves"), given='scale = "minmax"', classes=False
    ),
    "table_without_classes": attrs.evolve(
        _TABLE, source='path = "{here}/flowers.csv"\nignore = ["kind"]', given='scale = "minmax"', classes=False
    ),
    "pictures_without_classes": attrs.evolve(
        _PICTURES, source='path = "{here}/pictures"\nlabelled = false', given="", classes=False
    ),
    "many_classes": attrs.evolve(
        _WAVES, write=_many_classes, source=_ARRAYS.format(name="many") + 'labels = "y"', given=_RARE, channels=100, inputs=1000
    ),
    "two_classes": attrs.evolve(
        _WAVES, write=_two_classes, source=_ARRAYS.format(name="rare") + 'labels = "y"', channels=2, inputs=1000
    ),
    "heteroscedastic": attrs.evolve(_DIGITS, head="heteroscedastic", channels=10),
    "seeds": attrs.evolve(_DIGITS, seeds=(0, 1, 2), channels=10),
    "guests": attrs.evolve(_DIGITS, kinds=("acquisition", "score", "projection"), more=_GUESTS),
}  # fmt: skip
