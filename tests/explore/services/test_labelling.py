"""The label store by the indices of inputs: every write is on the disk, and others' writes are noticed."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from rcmvae_core.data.label_overlay import open_store
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels.records import Provenance


def test_nothing_is_written_before_the_first_label(pictures, opened):
    workspace = opened(pictures)
    labels = workspace.labels
    workspace.session()
    workspace.view()
    assert labels.revision == 0
    assert [one["name"] for one in labels.classes()] == [str(digit) for digit in range(10)]
    assert labels.log() == {"events": [], "can_undo": False, "can_redo": False}
    assert labels.history(0) == []
    assert labels.changes(0)["indices"] == []
    assert not labels.path.parent.exists()
    receipt = labels.assign([3], 1)
    assert labels.path.exists()
    assert (receipt["revision"], receipt["items"], receipt["repeated"], receipt["inputs"]) == (1, 1, False, 1)


def test_a_write_is_on_the_disk_and_says_how_it_was_made(pictures, opened):
    workspace = opened(pictures)
    workspace.labels.assign([5, 9], 2, how="lasso", annotator="bob")
    workspace.labels.assign([9], 4, how="suggestion", score="entropy", request_id="x")
    with open_store(workspace.labels.path, pictures.data.loaded, read_only=True) as store:
        ids = pictures.data.items.items.ids
        assert store.labels() == {ids[5]: 2, ids[9]: 4}
        last, first = store.log()
    assert first.provenance == Provenance("bob", "lasso")
    assert last.provenance == Provenance("ann", "suggestion", "entropy")
    history = workspace.labels.history(9)
    assert [(each["revision"], each["class"], each["how"]) for each in history] == [
        (1, 2, "lasso"),
        (2, 4, "suggestion"),
    ]


def test_a_repeated_request_changes_nothing(pictures, opened):
    labels = opened(pictures).labels
    first = labels.assign([1], 2, request_id="same")
    again = labels.assign([1], 2, request_id="same")
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert again["revision"] == first["revision"] == labels.revision == 1
    with pytest.raises(RcmvaeError, match="E610"):
        labels.assign([1], 3, request_id="same")


def test_undo_and_redo(pictures, opened):
    labels = opened(pictures).labels
    labels.assign([1, 2], 3)
    labels.clear([2])
    assert labels.state.labels[[1, 2]].tolist() == [3, -1]
    assert labels.undo()["inputs"] == 1
    assert labels.state.labels[[1, 2]].tolist() == [3, 3]
    log = labels.log()
    assert (log["can_undo"], log["can_redo"]) == (True, True)
    assert [each["undone_by"] for each in log["events"]] == [None, 3, None]
    labels.redo()
    assert labels.state.labels[[1, 2]].tolist() == [3, -1]
    assert [each["undone_by"] for each in labels.log()["events"]] == [None, None, None, None]
    labels.undo()
    labels.undo()
    assert (labels.state.labels >= 0).sum() == 0
    with pytest.raises(RcmvaeError, match="E609"):
        labels.undo()


def test_undo_of_nothing_makes_no_store(pictures, opened):
    labels = opened(pictures).labels
    with pytest.raises(RcmvaeError, match="E609"):
        labels.undo()
    with pytest.raises(RcmvaeError, match="E604"):
        labels.assign([0], 99)
    assert not labels.path.exists()


def test_classes(pictures, opened):
    labels = opened(pictures).labels
    assert labels.add_class("new")["classes"][-1] == {
        "id": 10, "name": "new", "state": "active", "into": None, "count": 0,
    }  # fmt: skip
    labels.assign([1, 2], 10)
    labels.rename_class(10, "other")
    receipt = labels.merge_classes(10, 4)
    assert receipt["inputs"] == 2
    assert receipt["classes"][10]["state"] == "merged"
    assert receipt["classes"][10]["into"] == 4
    assert receipt["classes"][4]["count"] == 2
    labels.retire_class(4)
    assert (labels.state.labels >= 0).sum() == 0
    with pytest.raises(RcmvaeError, match="E605"):
        labels.assign([1], 4)


def test_writes_of_another_process_are_noticed(pictures, opened):
    labels = opened(pictures).labels
    labels.assign([1], 2)
    ids = pictures.data.items.items.ids
    with open_store(labels.path, pictures.data.loaded) as store:
        store.assign([ids[7]], 5, Provenance("other"))
    assert labels.revision == 1
    seen = list[int]()
    labels.listen(lambda state: seen.append(state.revision))
    assert labels.poll().revision == 2
    assert labels.poll() is labels.state
    assert seen == [2]
    changes = labels.changes(1)
    assert (changes["revision"], changes["indices"], changes["classes_of"]) == (2, [7], [5])
    assert labels.changes(0)["indices"] == [1, 7]
    assert labels.changes(2)["indices"] == []


def test_a_store_that_another_process_creates_is_noticed(pictures, opened):
    labels = opened(pictures).labels
    ids = pictures.data.items.items.ids
    with open_store(labels.path, pictures.data.loaded) as store:
        store.assign([ids[7]], 5, Provenance("other"))
        store.add_class("new", Provenance("other"))
    assert labels.poll().revision == 2
    assert labels.state.labels[7] == 5
    assert len(labels.classes()) == 11


def test_two_pages_write_at_the_same_time(pictures, opened):
    pages = [opened(pictures).labels for _ in range(2)]

    def write(page: int) -> None:
        for index in range(20):
            pages[page].assign([100 * page + index], page)

    threads = [threading.Thread(target=write, args=(page,)) for page in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [page.poll() for page in pages]
    assert [state.revision for state in states] == [40, 40]
    np.testing.assert_array_equal(states[0].labels, states[1].labels)
    assert (states[0].labels >= 0).sum() == 40


def test_equal_inputs_share_a_label(rows, opened):
    labels = opened(rows).labels
    labels.add_class("a")
    receipt = labels.assign([0], 0)
    assert (receipt["items"], receipt["inputs"]) == (1, 2)
    assert np.flatnonzero(labels.state.labels == 0).tolist() == [0, 90]
    assert labels.changes(1)["indices"] == [0, 90]
    assert labels.assign([1, 91], 0)["items"] == 1


def test_a_page_that_only_reads_follows_and_writes_nothing(pictures, opened):
    writer, reader = opened(pictures), opened(pictures, read_only=True)
    assert reader.labels.revision == 0
    writer.labels.assign([4], 6)
    before = {path: path.stat().st_mtime_ns for path in writer.labels.path.parent.iterdir()}
    assert reader.labels.poll().revision == 1
    assert reader.labels.state.labels[4] == 6
    writer.labels.assign([5], 6)
    assert reader.labels.changes(1)["indices"] == [5]
    assert reader.labels.log()["can_undo"]
    for refused in (
        lambda: reader.labels.assign([1], 2),
        reader.labels.undo,
        lambda: reader.labels.add_class("x"),
        reader.training.start,
        lambda: reader.queue.skips.add([1], "cannot_tell"),
    ):
        with pytest.raises(RcmvaeError, match="E486"):
            refused()
    assert reader.queue.skips.add([1], "skip")["skip"] == [1]
    assert set(before) == set(writer.labels.path.parent.iterdir())
    assert reader.session()["can_label"] is False


def test_wrong_requests_are_refused(pictures, opened):
    labels = opened(pictures).labels
    for how in ("import", "shout", ""):
        with pytest.raises(RcmvaeError, match="E484"):
            labels.assign([1], 2, how=how)
    with pytest.raises(RcmvaeError, match="E484"):
        labels.assign([1], 2, how="suggestion")
    for indices in ([], [-1], [1797]):
        with pytest.raises(RcmvaeError, match="E607"):
            labels.assign(indices, 2)
    assert labels.revision == 0


def test_a_state_is_kept_for_a_while(pictures, opened):
    labels = opened(pictures).labels
    for index in range(20):
        labels.assign([index], 1)
    assert labels.state_at(20) is labels.state
    assert (labels.state_at(18).labels >= 0).sum() == 18
    with pytest.raises(RcmvaeError, match="E485"):
        labels.state_at(1)
