"""Reads and checks `config.json` of an export, and the hashes in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from rcmvae_core.inference import model_info
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.rundir import trained_with
from rcmvae_core.rundir.trained_with import TrainedWith
from rcmvae_core.runtime.records import (
    Count,
    RecordError,
    read_values,
    require_file,
    require_format,
    structure,
)

FORMAT = 2
FORMATS = (1, 2)
"""The formats that can be read; format 1 has the spec in `config.json`, and does not say what it was trained with."""
CONFIG = "config.json"
_HASH = "hash"


@attrs.frozen
class _Plugin:
    """The distribution of a plugin."""

    kind: str
    name: str
    distribution: str
    version: str
    hash: str = ""


@attrs.frozen
class _Config:
    """The content of `config.json`; `model` is that of `model.json`."""

    HAS_OTHER_KEYS = True  # of the program, for those who serve it
    format: Count
    seeds: tuple[int, ...]
    model: dict[str, Any]
    name: str = ""
    spec: str | None = None
    plugins: tuple[_Plugin, ...] = ()
    files: dict[str, str] = attrs.field(factory=dict[str, str])
    hash: str = ""


class ExportConfig(NamedTuple):
    """What `config.json` says.

    Args:
        info: the sizes of the model.
        seeds: its seeds.
        trained_with: the distributions that it was trained with.
        spec: of an export of format 1.
        files: the hash of each other file; empty in exports of earlier versions.
        is_edited: whether the file itself is not as it was written.
    """

    info: ModelInfo
    seeds: tuple[int, ...]
    trained_with: TrainedWith
    spec: str | None
    files: Mapping[str, str]
    is_edited: bool


def read(folder: Path) -> ExportConfig:
    """Read `config.json`.

    Returns:
        Its content.

    Raises:
        RecordError: if it cannot be read.
    """
    values = read_values(folder / CONFIG)
    if isinstance(values, dict) and "format" in values:
        require_format(values["format"], *FORMATS)
    config = structure(values, _Config)
    if not config.seeds or len(set(config.seeds)) < len(config.seeds):
        raise RecordError(f"`seeds` must be different integers, got {list(config.seeds)}")
    if config.format == 1 and config.spec is None:
        raise RecordError("`spec` is missing")
    plugins = trained_with.from_json([attrs.asdict(plugin) for plugin in config.plugins])
    info = model_info.from_json(config.model)
    is_edited = bool(config.hash) and config.hash != _hash_values(values)
    return ExportConfig(info, config.seeds, plugins, config.spec, config.files, is_edited)


def dumps(values: Mapping[str, Any], folder: Path, names: list[str]) -> str:
    """Return the content of `config.json`, with the hashes of other files and of itself.

    Args:
        values: everything else.
        folder: of the files.
        names: of the files.
    """
    hashed = {**values, "files": {name: hash_file(folder / name) for name in names}}
    return json.dumps(hashed | {_HASH: _hash_values(hashed)}, indent=2) + "\n"


def edited_files(folder: Path, config: ExportConfig) -> list[str]:
    """Return the files that are not as they were exported; one that was removed is missed only where it is needed."""
    names = [CONFIG] if config.is_edited else []
    for name, expected in sorted(config.files.items()):
        path = folder / Path(name).name
        if path.exists() and hash_file(path) != expected:
            names.append(path.name)
    return names


def hash_file(path: Path) -> str:
    """Hash a file without reading it into memory.

    Raises:
        RecordError: if it cannot be read.
    """
    require_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as error:
        raise RecordError(f"`{path.name}`: {error.strerror or error}") from None


def _hash_values(values: Mapping[str, Any]) -> str:
    others = {key: value for key, value in values.items() if key != _HASH}
    return hashlib.blake2b(json.dumps(others, sort_keys=True).encode(), digest_size=16).hexdigest()
