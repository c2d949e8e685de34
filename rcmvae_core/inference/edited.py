"""Compares the files of a run or an export with what they were when its model was trained or exported.

A model whose spec says `tanh` and whose weights were trained with `relu` predicts without an error, and wrongly. So every
checkpoint records the hash of the spec and of `model.json`, and every export those of its files; this module compares them on
each load. What earlier versions wrote has no hash, and is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.data.fingerprint import fingerprint_text
from rcmvae_core.errors import Diagnostic, fail, quoted
from rcmvae_core.inference import model_info
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.inference.restore import Warn
from rcmvae_core.rundir.saved_run import NAME as SPEC
from rcmvae_core.training.checkpoints.record import Record

_FILES = {"spec": SPEC, "model": "model.json"}
"""The files of a run directory whose hashes are facts of its checkpoints."""


class EditedFiles:
    """Finds the files of a run that were edited since its checkpoints were written.

    Args:
        folder: the run directory.
        info: the sizes of its model; None if they are not compared.
        allow: whether edited files are used with a warning.
        warn: called with W440 once, if so.
    """

    def __init__(self, folder: Path, info: ModelInfo | None, warn: Warn, *, allow: bool) -> None:
        self._folder, self._warn, self._allow = folder, warn, allow
        self._warned = set[str]()
        self._hashes = {"spec": fingerprint_text((folder / SPEC).read_text(encoding="utf-8"))}
        if info is not None:
            self._hashes["model"] = model_info.fingerprint(info)

    def __call__(self, record: Record) -> None:
        """Compare with the facts of a checkpoint.

        Raises:
            RcmvaeError: E441 if a file was edited, unless that is allowed.
        """
        edited = {_FILES[fact] for fact in differing_facts(record.facts, self._hashes)} - self._warned
        self._warned |= edited
        report_edited(self._folder, sorted(edited), self._warn, allow=self._allow)


def differing_facts(saved: Mapping[str, Any], hashes: Mapping[str, str]) -> list[str]:
    """Return the hashes that differ from those that were saved; what was not saved does not differ."""
    return [fact for fact, value in hashes.items() if saved.get(fact) and saved[fact] != value]


def report_edited(folder: Path, names: list[str], warn: Warn, *, allow: bool) -> None:
    """Report files that are not as they were written.

    Args:
        folder: the run directory or the exported folder.
        names: of the files; nothing is reported without any.
        warn: called with W440 if they are allowed.
        allow: whether they are used in spite of that.

    Raises:
        RcmvaeError: E441 if they are not allowed.
    """
    if not names:
        return
    if allow:
        message = f"in `{folder}` these files are not as they were written, and are used as they are: {quoted(names)}"
        warn(
            Diagnostic(
                "W440", message, help=["predictions may differ from those of the model that was trained"]
            )
        )
        return
    message = f"in `{folder}` these files are not as they were written: {quoted(names)}"
    help_ = [
        "restore them",
        "to use them as they are: --allow-edited, in Python `load(..., allow_edited=True)`",
    ]
    fail("E441", message, help=help_)
