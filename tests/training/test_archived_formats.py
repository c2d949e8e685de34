"""Checkpoints of older formats keep their bits.

`archive/run-format-2.tar.gz` is a run of the last version that wrote format 2, interrupted in its second epoch of three;
`archive/run-format-1.tar.gz` is described in `tests/cli/test_archived_run.py`.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints import resume
from rcmvae_core.training.checkpoints.errors import CorruptCheckpointError
from rcmvae_core.training.checkpoints.manager import CheckpointManager, Policy
from rcmvae_core.training.checkpoints.state_arrays import named_arrays
from rcmvae_core.training.compiled import compile_programs, init_state
from rcmvae_core.training.setup import prepare

ARCHIVE = Path(__file__).parent / "archive"
# Of the arrays in format 2, computed by the version that wrote them.
HASHES = {17: "9042ab7eab824f77481902a73d50820c", 10: "bf6fb154bebff90ec2fbc4d77c988414"}


def hash_of(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        digest.update(repr((name, str(arrays[name].dtype), arrays[name].shape)).encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


@pytest.fixture
def archived(tmp_path):
    def extract(format_: int) -> Path:
        with tarfile.open(ARCHIVE / f"run-format-{format_}.tar.gz") as archive:
            archive.extractall(tmp_path, filter="data")
        return tmp_path / "run"

    return extract


def programs_of(run: Path):
    registry = discover("only:rcmvae")
    prepared = prepare(resolve_file(run / "spec.toml", (), registry, default_name="run"))
    return prepared, compile_programs(prepared)


def test_format_2_is_read_to_the_bit_it_was_written(archived):
    folder = archived(2) / "checkpoints" / "seed-0"
    found = {r.step: hash_of(checkpoint_files.read(folder, r)) for r in checkpoint_files.records(folder)}
    assert found == HASHES


def test_a_state_of_format_2_trains_on_to_the_same_bits_from_format_3(archived, tmp_path):
    run = archived(2)
    folder = run / "checkpoints" / "seed-0"
    prepared, programs = programs_of(run)
    facts = next(checkpoint_files.records(folder)).facts
    template = init_state(prepared, programs, 0)
    state, loop_state = resume.load_latest(folder, template, facts, steps_per_epoch=10, warn=pytest.fail)
    assert (int(state.step), loop_state.epoch, loop_state.best_step) == (17, 1, 10)
    checkpoints = CheckpointManager(tmp_path / "seed-0", Policy(1, 0, 0.0), facts)
    checkpoints.save(state, loop_state, wait=True)
    checkpoints.close()
    (record,) = checkpoint_files.records(tmp_path / "seed-0")
    assert record.format == 3
    assert hash_of(checkpoint_files.read(tmp_path / "seed-0", record)) == HASHES[17]
    again = resume.load_latest(tmp_path / "seed-0", template, facts, steps_per_epoch=10, warn=pytest.fail)
    assert again[1] == loop_state
    left, right = (named_arrays(programs.feed.advance(state, 3)) for state in (state, again[0]))
    assert hash_of(left) == hash_of(right)


def test_the_best_state_of_format_2_is_found(archived):
    run = archived(2)
    prepared, programs = programs_of(run)
    best = resume.load_best(run / "checkpoints" / "seed-0", init_state(prepared, programs, 0), 10)
    assert hash_of(named_arrays(best)) == HASHES[10]


def test_a_corrupt_file_of_format_2_is_recognised(archived):
    folder = archived(2) / "checkpoints" / "seed-0"
    record = next(checkpoint_files.records(folder))
    path = checkpoint_files.checkpoint_path(folder, record.step) / "manifest.ocdbt"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptCheckpointError, match=r"manifest\.ocdbt` is not as it was"):
        checkpoint_files.read(folder, record)


def test_keys_of_the_record_stay(archived):
    text = (archived(2) / "checkpoints" / "seed-0" / "step-000000017.json").read_text()
    assert (*json.loads(text), "problem") == checkpoint_files.Record._fields
