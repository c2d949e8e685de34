"""Looks at data and writes a spec with a recipe that fits them."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import tomli_w

from rcmvae_core.cli.commands.new import print_spec
from rcmvae_core.cli.source_path import source_path
from rcmvae_core.cli.streams import print_lines, printable
from rcmvae_core.errors import fail
from rcmvae_core.experiment import recipes
from rcmvae_core.experiment.survey import Survey, survey
from rcmvae_core.inference.data_files import is_table
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.runtime.atomic_files import write_file
from rcmvae_core.runtime.user_files import is_neither, open_file, shortened, why_missing
from rcmvae_core.spec.resolve import resolve_plugin, resolve_text
from rcmvae_core.version import __version__

_COMMENTS = {
    "data": "Inputs are scaled by what the training inputs show; the model keeps this.",
    "latent": "Where classes are few, one class is often two clusters: two channels for each class up to eight, else one.",
    "loss.reconstruction": "The terms of the ELBO increase at first, so that labels shape the channels before them.",
    "loss.choose": "Each input selects one channel; the weight increases, so that early mistakes can be corrected.",
    "loss.spread": "All channels are used equally; leave it out if clusters differ in size.",
    "loss.agree": "A small change of an input does not change its channel.",
    "loss.labels": "-log p(y|x) of labelled inputs.",
    "loss.classes": "Predicted classes are as frequent as the labels say; set `data.class_prior` to say it yourself.",
    "train": "Small data are passed over more often, for 2,000 to 3,000 steps.",
}


def main(options: argparse.Namespace) -> int:
    """Load the data, say what they contain, and write the spec."""
    path = source_path(options.source)
    if path is None or is_neither(path):
        state = "does not exist" if path is None else why_missing(path)
        message = f"file or folder `{shortened(options.source)}` {state}"
        fail("E305", message, help=["the path is relative to the working directory"])
    data = _data_table(path, options.label, options.size)
    registry = discover()
    ((name, table),) = data.items()
    part, _ = resolve_plugin("data", name, table, registry)
    seen = survey(load_object(part.registered.plugin.impl)(part.params))
    print_lines(f"{path}: {line}" for line in seen.lines)
    file: Path | None = options.file
    text = _render(options.name or _run_name(path, file), data, seen)
    resolved = resolve_text(text, "new spec", registry)
    if file is not None:
        write_file(file, text)
    print_spec(options, text, [], resolved.warnings)
    return 0


def _data_table(path: Path, label: str | None, size: tuple[int, int] | None) -> dict[str, dict[str, Any]]:
    """Return the data plugin for a path and its parameters.

    Args:
        path: a file or a folder.
        label: the column, array or file of labels.
        size: height and width of images of a folder; None if these decide.

    Raises:
        RcmvaeError: E305 if the path does not exist or is of an unknown form.
    """
    labels = {} if label is None else {"labels": label}
    if path.is_dir():
        stated = {} if size is None else {"size": list(size)}
        return {"image_folder": {"path": str(path)} | labels | stated}
    if is_table(path):
        return {"table": {"path": str(path)} | ({} if label is None else {"label": label})}
    if path.suffix == ".npz":
        return {"npz": {"path": str(path), **_arrays(path, "npz"), **labels}}
    if path.suffix == ".npy":
        return {"npy": {"inputs": str(path), **_arrays(path, "npy"), **labels}}
    help_ = [
        "give a folder of images, a table (.csv, .tsv, .parquet), or a .npz or .npy file",
        "for a format of another package, name its data plugin: rcmvae new spec FILE --data NAME",
    ]
    fail("E305", f"the form of `{path}` is unknown", help=help_)


def _arrays(path: Path, kind: str) -> dict[str, Any]:
    """Return the form of an array of inputs, and of a .npz file its name."""
    from rcmvae_core.runtime.array_files import map_array, npz_headers  # noqa: PLC0415 - only for arrays

    try:
        with open_file(path) as file:
            if kind == "npy":
                return {"form": "features" if map_array(file).ndim == 2 else "image"}  # noqa: PLR2004
            ranks = {name: len(header.shape) for name, header in npz_headers(file).items()}
    except Exception as error:  # noqa: BLE001 - NumPy raises nearly any exception for a corrupt file
        reason = shortened(getattr(error, "strerror", None) or error)
        fail(
            "E306",
            f"`{shortened(path)}` cannot be read: {reason}",
            help=["write it with numpy.savez or numpy.save"],
        )
    if not ranks:
        fail("E306", f"`{path}` has no arrays", help=["write it with numpy.savez"])
    name = "x" if "x" in ranks else max(ranks, key=lambda each: ranks[each])
    return {"inputs": name, "form": "features" if ranks[name] == 2 else "image"}  # noqa: PLR2004


def _run_name(path: Path, file: Path | None) -> str:
    name = path.name.split(".")[0] if file is None else file.stem
    return re.sub(r"[^\w.-]", "-", name).lstrip("-._")[:80] or "run"


def _render(name: str, data: dict[str, Any], seen: Survey) -> str:
    """Return the spec as TOML, with what was seen at its head and a comment on each choice.

    Args:
        name: of the run.
        data: the data plugin with its parameters.
        seen: what the data contain.
    """
    release = ".".join(__version__.split(".")[:2])
    spec = recipes.spec(seen.facts)
    tables = {"rcmvae": f">={release}", "name": name, "seeds": [0], **spec, "data": {**spec["data"], **data}}
    head = "".join(f"# {printable(line)}\n" for line in seen.lines)  # TOML allows no control character
    body = tomli_w.dumps(tables)
    for path, comment in _COMMENTS.items():
        body = re.sub(
            rf"^\[{re.escape(path)}\]$", f"# {comment}\n[{path}]", body, count=1, flags=re.MULTILINE
        )
    return f"{head}{body}"
