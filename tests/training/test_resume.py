"""A run that was cut off anywhere goes on to the same bits, and a checkpoint that cannot be trusted is not used."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from rcmvae_core.errors import RunError
from rcmvae_core.training import checkpoints, restore
from rcmvae_core.training.checkpoints import FORMAT, Record
from rcmvae_core.training.journal import Journal
from rcmvae_core.training.keeper import Keeper, Policy
from rcmvae_core.training.loop import Interrupted, Row, Task, train
from rcmvae_core.training.pace import Pace
from rcmvae_core.training.programs import fresh

FACTS = {"spec": "a", "data": "b", "versions": {"jax": "1"}, "backend": "cpu", "devices": 1}
EVERY = Policy(keep_last=2, keep_best=1, seconds=0.0)


def keeper(folder, policy=EVERY, facts=FACTS) -> Keeper:
    return Keeper(folder, policy, dict(facts))


def attempt(prepared, programs, folder, *, stop=lambda: False, policy=EVERY):
    """Train from what is in the folder: the rows that were seen, and the result if it came to that."""
    warnings, rows = [], []
    begin = restore.latest(
        folder, fresh(prepared, programs, 0), FACTS, steps_per_epoch=20, warn=warnings.append
    )
    keep = keeper(folder, policy)
    try:
        (done,) = train(
            prepared,
            programs,
            [Task(0, begin, keep)],
            lambda e: rows.append(e) if isinstance(e, Row) else None,
            stop=stop,
        )
    except Interrupted:
        done = None
    finally:
        keep.close()
    return done, rows, warnings


def after(calls: int):
    """A question that is answered with yes after so many times."""
    asked = iter(range(calls, -1, -1))
    return lambda: next(asked, 0) == 0


def arrays(state) -> dict[str, np.ndarray]:
    return checkpoints.named(state)


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
    monkeypatch.setattr(Pace, "count", lambda _, most: min(most, 7))


@pytest.mark.parametrize("calls", [0, 1, 2, 4, 7])
@pytest.mark.usefixtures("short_calls")
def test_stopped_anywhere_it_goes_on_to_the_same_bits(prepared, programs, whole, tmp_path, calls):
    first, before, _ = attempt(prepared, programs, tmp_path, stop=after(calls))
    assert first is None
    done, rows, warnings = attempt(prepared, programs, tmp_path)
    assert before + rows == whole[1]
    assert equal(done.state, whole[0].state)
    assert (done.validation, done.test) == (whole[0].validation, whole[0].test)
    assert done.journal._replace(seconds=0) == whole[0].journal._replace(seconds=0)
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
    steps = [record.step for record in checkpoints.records(folder)]
    assert len(steps) >= 2
    return folder, steps


def largest(folder, step):
    files = [p for p in checkpoints.target(folder, step).rglob("*") if p.is_file()]
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
    checkpoints.target(folder, step).with_suffix(".json").write_text("{")


@pytest.mark.parametrize("harm", [truncate, flip, lose, garble])
def test_a_damaged_checkpoint_is_recognised_and_the_one_before_used(prepared, programs, whole, stopped, harm):
    folder, steps = stopped
    harm(folder, steps[0])
    done, rows, warnings = attempt(prepared, programs, folder)
    assert [w.code for w in warnings] == ["W411"]
    assert f"the one of step {steps[1]} is used" in warnings[0].message
    assert equal(done.state, whole[0].state)
    assert rows == [row for row in whole[1] if row.step > steps[1]]


def test_when_all_are_damaged_nothing_is_begun_anew(prepared, programs, stopped):
    folder, steps = stopped
    for step in steps:
        flip(folder, step)
    with pytest.raises(RunError, match="E413: every checkpoint is damaged") as caught:
        attempt(prepared, programs, folder)
    assert len(caught.value.diagnostics) == len(steps)
    assert [record.step for record in checkpoints.records(folder)] == steps


def test_half_a_checkpoint_is_never_read(prepared, programs, whole, stopped):
    folder, steps = stopped
    newest = checkpoints.target(folder, steps[0])
    newest.with_suffix(".json").unlink()
    shutil.copytree(newest, checkpoints.target(folder, 999))
    (folder / "step-000000999.orbax-checkpoint-tmp-1").mkdir()
    (folder / "step-000000998.partial").write_text("{")
    done, _, warnings = attempt(prepared, programs, folder)
    assert warnings == []
    assert equal(done.state, whole[0].state)
    assert not list(folder.glob("*999*"))
    assert not list(folder.glob("*.partial"))


def rewrite(folder, step, **changes) -> None:
    path = checkpoints.target(folder, step).with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": FORMAT + 1}, "has format 3, and this version knows formats up to 2"),
        ({"facts": FACTS | {"spec": "other"}}, "`spec.toml` was changed since"),
        ({"facts": FACTS | {"data": "other"}}, "the data are others"),
        ({"arrays": {"params/x": ["float32", [3]]}}, "is of another model: .* arrays differ, the first `carry/active`: absent there, bool of shape"),
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
    state = programs.feed.advance(fresh(prepared, programs, 3), 5)
    keep = keeper(tmp_path)
    keep.save(state, Journal(3, seconds=1 / 3), wait=True)
    keep.close()
    found, journal = restore.latest(
        tmp_path, fresh(prepared, programs, 0), FACTS, steps_per_epoch=20, warn=pytest.fail
    )
    assert equal(found, state)
    assert journal == Journal(3, seconds=1 / 3)
    assert equal(programs.feed.advance(found, 3), programs.feed.advance(state, 3))


def fake(tmp_path, values: dict[int, float | None], policy: Policy) -> list[int]:
    """Which checkpoints stay when states of these steps and values are saved in turn."""
    folder = tmp_path / "fake"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    keep, best = keeper(folder, policy), None
    for step, value in values.items():
        if value is not None and (best is None or value > values[best]):
            best = step
        journal = Journal(0, value=value, best=None if best is None else values[best], best_step=best)
        named = {"step": np.array(step, np.int32)}
        keep._write([(named, journal)])
    keep.close()
    return sorted(record.step for record in checkpoints.records(folder))


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
    state = fresh(prepared, programs, 0)
    keep = keeper(tmp_path)
    broken = state._replace(params={**state.params, "embeddings": state.params["embeddings"] * np.nan})
    with pytest.raises(
        RunError, match="E401: after epoch 2 of seed 0, parameters are not finite: `embeddings`"
    ):
        keep.save(broken, Journal(0, epoch=2))
    keep.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_by_the_next_call_and_costs_no_checkpoint(
    prepared, programs, tmp_path, monkeypatch
):
    state, keep = fresh(prepared, programs, 0), keeper(tmp_path)
    keep.save(state, Journal(0), wait=True)

    def full(self, *_: object) -> None:
        raise RuntimeError("Error writing: [No space left on device] file")

    monkeypatch.setattr("orbax.checkpoint.Checkpointer.save", full)
    later = state._replace(step=state.step + 1)
    keep.save(later, Journal(0))
    with pytest.raises(RunError, match=r"E304: cannot write a checkpoint .* No space left on device"):
        keep.settle()
    keep.close()
    assert [record.step for record in checkpoints.records(tmp_path)] == [0]
    assert {path.name for path in tmp_path.iterdir()} == {"step-000000000", "step-000000000.json"}


def test_a_record_round_trips_through_json():
    record = Record(FORMAT, 3, {"a": ["float32", [2]]}, {}, Journal(1, best=1 / 3)._asdict(), dict(FACTS))
    assert Record(**json.loads(json.dumps(record._asdict()))) == record
