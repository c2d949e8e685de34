"""A run that was cut off anywhere goes on to the same bits, and a checkpoint that cannot be trusted is not used."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from safetensors import SafetensorError

from rcmvae_core.errors import RunError
from rcmvae_core.training.call_size import StepsPerCall
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints import resume
from rcmvae_core.training.checkpoints.files import FORMAT, Record
from rcmvae_core.training.checkpoints.manager import CheckpointManager, Policy
from rcmvae_core.training.checkpoints.state_arrays import named_arrays
from rcmvae_core.training.compiled import init_state
from rcmvae_core.training.events import EpochEnd
from rcmvae_core.training.loop import Interrupted, train
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.seed_run import SeedJob

FACTS = {"spec": "a", "data": "b", "versions": {"jax": "1"}, "backend": "cpu", "devices": 1}
EVERY = Policy(keep_last=2, keep_best=1, seconds=0.0)


def manager(folder, policy=EVERY, facts=FACTS) -> CheckpointManager:
    return CheckpointManager(folder, policy, dict(facts))


def attempt(prepared, programs, folder, *, stop=lambda: False, policy=EVERY):
    """Train from what is in the folder: the rows that were seen, and the result if it came to that."""
    warnings, rows = [], []
    resume_from = resume.load_latest(
        folder, init_state(prepared, programs, 0), FACTS, steps_per_epoch=20, warn=warnings.append
    )
    checkpoints = manager(folder, policy)
    try:
        (done,) = train(
            prepared,
            programs,
            [SeedJob(0, resume_from, checkpoints)],
            lambda e: rows.append(e) if isinstance(e, EpochEnd) else None,
            stop=stop,
        )
    except Interrupted:
        done = None
    finally:
        checkpoints.close()
    return done, rows, warnings


def after(calls: int):
    """A question that is answered with yes after so many times."""
    asked = iter(range(calls, -1, -1))
    return lambda: next(asked, 0) == 0


def arrays(state) -> dict[str, np.ndarray]:
    return named_arrays(state)


def equal(left, right) -> bool:
    a, b = arrays(left), arrays(right)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.fixture(scope="module")
def whole(prepared, programs, tmp_path_factory):
    done, rows, _ = attempt(prepared, programs, tmp_path_factory.mktemp("whole"))
    return done, rows


@pytest.fixture
def short_calls(monkeypatch) -> None:
    """Calls of seven steps: most moments to stop at then lie within an epoch of twenty."""
    monkeypatch.setattr(StepsPerCall, "count", lambda _, most: min(most, 7))


@pytest.mark.parametrize("calls", [0, 1, 2, 4, 7])
@pytest.mark.usefixtures("short_calls")
def test_stopped_anywhere_it_goes_on_to_the_same_bits(prepared, programs, whole, tmp_path, calls):
    first, before, _ = attempt(prepared, programs, tmp_path, stop=after(calls))
    assert first is None
    done, rows, warnings = attempt(prepared, programs, tmp_path)
    assert before + rows == whole[1]
    assert equal(done.state, whole[0].state)
    assert (done.validation, done.test) == (whole[0].validation, whole[0].test)
    assert done.loop_state._replace(seconds=0) == whole[0].loop_state._replace(seconds=0)
    assert warnings == []


def test_a_finished_seed_is_only_judged_again(prepared, programs, whole, tmp_path):
    attempt(prepared, programs, tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    done, rows, _ = attempt(prepared, programs, tmp_path)
    assert rows == []
    assert done.test == whole[0].test
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == stamps


@pytest.fixture
def stopped(prepared, programs, tmp_path):
    """Two epochs and a part of the third, with a checkpoint after each."""
    folder = tmp_path / "seed-0"
    attempt(prepared, programs, folder, stop=after(6))
    steps = [record.step for record in checkpoint_files.records(folder)]
    assert len(steps) >= 2
    return folder, steps


def largest(folder, step):
    files = [p for p in checkpoint_files.checkpoint_path(folder, step).rglob("*") if p.is_file()]
    return max(files, key=lambda p: p.stat().st_size)


def truncate(folder, step) -> None:
    path = largest(folder, step)
    path.write_bytes(path.read_bytes()[:-10])


def flip(folder, step) -> None:
    path = largest(folder, step)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def lose(folder, step) -> None:
    largest(folder, step).unlink()


def garble(folder, step) -> None:
    checkpoint_files.checkpoint_path(folder, step).with_suffix(".json").write_text("{")


@pytest.mark.parametrize("harm", [truncate, flip, lose, garble])
def test_a_damaged_checkpoint_is_recognised_and_the_one_before_used(prepared, programs, whole, stopped, harm):
    folder, steps = stopped
    harm(folder, steps[0])
    done, rows, warnings = attempt(prepared, programs, folder)
    assert [w.code for w in warnings] == ["W411"]
    assert f"using the one of step {steps[1]}" in warnings[0].message
    assert equal(done.state, whole[0].state)
    assert rows == [row for row in whole[1] if row.step > steps[1]]


def test_when_all_are_damaged_nothing_is_begun_anew(prepared, programs, stopped):
    folder, steps = stopped
    for step in steps:
        flip(folder, step)
    with pytest.raises(RunError, match="E413: every checkpoint is corrupt") as caught:
        attempt(prepared, programs, folder)
    assert len(caught.value.diagnostics) == len(steps)
    assert [record.step for record in checkpoint_files.records(folder)] == steps


def test_half_a_checkpoint_is_never_read(prepared, programs, whole, stopped):
    folder, steps = stopped
    newest = checkpoint_files.checkpoint_path(folder, steps[0])
    newest.with_suffix(".json").unlink()
    shutil.copytree(newest, checkpoint_files.checkpoint_path(folder, 999))
    (folder / "step-000000999.orbax-checkpoint-tmp-1").mkdir()
    (folder / ".rcmvae-0123456789abcdef.partial").mkdir()
    done, _, warnings = attempt(prepared, programs, folder)
    assert warnings == []
    assert equal(done.state, whole[0].state)
    assert not list(folder.glob("*999*"))
    assert not list(folder.glob(".*"))


def rewrite(folder, step, **changes) -> None:
    path = checkpoint_files.checkpoint_path(folder, step).with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": FORMAT + 1}, "has format 4, and this version supports formats up to 3"),
        ({"facts": FACTS | {"spec": "other"}}, "`spec.toml` was changed since"),
        ({"facts": FACTS | {"data": "other"}}, "the data differ"),
        ({"arrays": {"params/x": ["float32", [3]]}}, "is of another model: .* arrays differ, the first `carry/active`: absent, expected bool of shape"),
    ],
)  # fmt: skip
def test_what_is_not_this_run_is_refused_in_words(prepared, programs, stopped, changes, words):
    folder, steps = stopped
    rewrite(folder, steps[0], **changes)
    with pytest.raises(RunError, match=f"E412: .*{words}"):
        attempt(prepared, programs, folder)


def test_other_versions_and_devices_are_told(prepared, programs, stopped):
    folder, steps = stopped
    rewrite(folder, steps[0], facts=FACTS | {"versions": {"jax": "0"}, "devices": 4})
    done, _, warnings = attempt(prepared, programs, folder)
    assert done is not None
    assert [w.code for w in warnings] == ["W412", "W412"]
    assert "jax was 0 and is 1" in warnings[0].message
    assert "the number of devices was 4 and is 1" in warnings[1].message


def test_every_array_keeps_its_bits_and_type(prepared, programs, tmp_path):
    state = programs.feed.advance(init_state(prepared, programs, 3), 5)
    checkpoints = manager(tmp_path)
    checkpoints.save(state, LoopState(3, seconds=1 / 3), wait=True)
    checkpoints.close()
    found, loop_state = resume.load_latest(
        tmp_path, init_state(prepared, programs, 0), FACTS, steps_per_epoch=20, warn=pytest.fail
    )
    assert equal(found, state)
    assert loop_state == LoopState(3, seconds=1 / 3)
    assert equal(programs.feed.advance(found, 3), programs.feed.advance(state, 3))


def fake(tmp_path, values: dict[int, float | None], policy: Policy) -> list[int]:
    """Which checkpoints stay when states of these steps and values are saved in turn."""
    folder = tmp_path / "fake"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    checkpoints, best = manager(folder, policy), None
    for step, value in values.items():
        if value is not None and (best is None or value > values[best]):
            best = step
        loop_state = LoopState(0, value=value, best=None if best is None else values[best], best_step=best)
        named = {"step": np.array(step, np.int32)}
        checkpoints._write([(named, loop_state)])
    checkpoints.close()
    return sorted(record.step for record in checkpoint_files.records(folder))


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (Policy(1, 0, 0), [3, 6]),  # the best by the journal stays in any case
        (Policy(1, 1, 0), [3, 6]),
        (Policy(2, 2, 0), [2, 3, 5, 6]),
        (Policy(9, 0, 0), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_the_last_and_the_best_stay(tmp_path, policy, kept):
    assert fake(tmp_path, {1: None, 2: 5.0, 3: 9.0, 4: 1.0, 5: 2.0, 6: None}, policy) == kept


def test_nothing_that_is_not_finite_is_saved(prepared, programs, tmp_path):
    state = init_state(prepared, programs, 0)
    checkpoints = manager(tmp_path)
    broken = state._replace(params={**state.params, "embeddings": state.params["embeddings"] * np.nan})
    with pytest.raises(
        RunError, match="E401: after epoch 2 of seed 0, parameters are not finite: `embeddings`"
    ):
        checkpoints.save(broken, LoopState(0, epoch=2))
    checkpoints.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_by_the_next_call_and_costs_no_checkpoint(
    prepared, programs, tmp_path, monkeypatch
):
    state, checkpoints = init_state(prepared, programs, 0), manager(tmp_path)
    checkpoints.save(state, LoopState(0), wait=True)

    def full(self, *_: object) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(checkpoint_files, "save_file", full)
    later = state._replace(step=state.step + 1)
    checkpoints.save(later, LoopState(0))
    with pytest.raises(RunError, match=r"E304: cannot write a checkpoint .* No space left on device"):
        checkpoints.wait()
    checkpoints.close()
    assert [record.step for record in checkpoint_files.records(tmp_path)] == [0]
    assert {path.name for path in tmp_path.iterdir()} == {"step-000000000", "step-000000000.json"}


def test_a_record_round_trips_through_json():
    record = Record(FORMAT, 3, {"a": ["float32", [2]]}, {}, LoopState(1, best=1 / 3)._asdict(), dict(FACTS))
    assert Record(**json.loads(json.dumps(record._asdict()))) == record
