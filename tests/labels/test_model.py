"""Any sequence of writes has the same result as a model of dictionaries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels.records import Class, Snapshot
from rcmvae_core.labels.store import MEMORY, LabelStore

from .conftest import ANN, DATA

ITEMS, NUMBERS = st.sampled_from("abcd"), st.integers(0, 4)
NAMES = st.sampled_from(["cat", "bird", "fish", "newt"])
WRITES = st.one_of(
    st.tuples(st.just("assign"), st.dictionaries(ITEMS, NUMBERS, min_size=1)),
    st.tuples(st.just("clear"), st.sets(ITEMS, min_size=1)),
    st.tuples(st.just("add"), NAMES),
    st.tuples(st.just("rename"), NUMBERS, NAMES),
    st.tuples(st.just("merge"), NUMBERS, NUMBERS),
    st.tuples(st.just("retire"), NUMBERS),
    st.tuples(st.just("undo"), st.integers(1, 2)),
    st.tuples(st.just("redo"), st.integers(1, 2)),
)
METHODS = {
    "assign": "assign_each", "clear": "clear", "add": "add_class", "rename": "rename_class",
    "merge": "merge_classes", "retire": "retire_class",
}  # fmt: skip


class Model:
    """Copies of the whole state: one for every revision, and those that an undo or a redo restores."""

    def __init__(self) -> None:
        self.labels: dict[str, int] = {}
        self.classes = [Class(i, name, "active", None) for i, name in enumerate(DATA.class_names)]
        self.past, self.future = [], []
        self.moments = [self.state()]

    def state(self):
        return dict(self.labels), list(self.classes)

    def write(self, kind: str, *words) -> bool:
        """Return whether the write is valid; an invalid one changes nothing."""
        if kind in ("undo", "redo"):
            source, sink = (self.past, self.future) if kind == "undo" else (self.future, self.past)
            if len(source) < words[0]:
                return False
            for _ in range(words[0]):
                sink.append(self.state())
                self.restore(source.pop())
                self.moments.append(self.state())
            return True
        before = self.state()
        if not getattr(self, kind)(*words):
            return False
        self.past.append(before)
        self.future.clear()
        self.moments.append(self.state())
        return True

    def restore(self, state) -> None:
        labels, classes = state
        later = [one._replace(state="retired", into=None) for one in self.classes[len(classes) :]]
        self.labels, self.classes = dict(labels), classes + later

    def active(self, *numbers: int) -> bool:
        return all(n < len(self.classes) and self.classes[n].state == "active" for n in numbers)

    def free(self, name: str) -> bool:
        return not any(one.name == name and one.state == "active" for one in self.classes)

    def assign(self, labels) -> bool:
        fits = self.active(*labels.values())
        self.labels |= labels if fits else {}
        return fits

    def clear(self, items) -> bool:
        self.labels = {item: label for item, label in self.labels.items() if item not in items}
        return True

    def add(self, name) -> bool:
        fits = self.free(name)
        self.classes += [Class(len(self.classes), name, "active", None)] if fits else []
        return fits

    def rename(self, number, name) -> bool:
        fits = self.active(number) and self.free(name)
        if fits:
            self.classes[number] = self.classes[number]._replace(name=name)
        return fits

    def merge(self, number, into) -> bool:
        fits = self.active(number, into) and number != into
        if fits:
            self.classes[number] = self.classes[number]._replace(state="merged", into=into)
            self.labels = {item: into if label == number else label for item, label in self.labels.items()}
        return fits

    def retire(self, number) -> bool:
        fits = self.active(number)
        if fits:
            self.classes[number] = self.classes[number]._replace(state="retired")
            self.labels = {item: label for item, label in self.labels.items() if label != number}
        return fits


def perform(store: LabelStore, kind: str, *words) -> bool:
    try:
        if kind in ("undo", "redo"):
            getattr(store, kind)(ANN, *words)
        else:
            getattr(store, METHODS[kind])(*words, ANN)
    except RcmvaeError:
        return False
    return True


def assert_same(store: LabelStore, model: Model) -> None:
    assert store.snapshot() == Snapshot(len(model.moments) - 1, tuple(model.classes), model.labels)
    for revision, (labels, classes) in enumerate(model.moments):
        assert store.snapshot(revision) == Snapshot(revision, tuple(classes), labels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("histories")


def check_history(folder, writes, cut) -> None:
    """Compare every revision of the store, and of a copy that imports its history in two parts and is opened again."""
    first, whole, path = folder / "first.jsonl", folder / "whole.jsonl", folder / "copy.sqlite"
    model = Model()
    with LabelStore(MEMORY, DATA) as store:
        store.export_events(first)
        for number, write in enumerate(writes, start=1):
            assert perform(store, *write) == model.write(*write), write
            if number == cut:
                store.export_events(first)
        assert_same(store, model)
        store.export_events(whole)
    path.unlink(missing_ok=True)
    with LabelStore(path, DATA) as copy:
        copy.import_events(first)
        copy.import_events(whole)
    with LabelStore(path, DATA) as again:
        assert_same(again, model)
        assert again.import_events(first).repeated
        again.export_events(first)
    assert first.read_bytes() == whole.read_bytes()


HISTORY = given(writes=st.lists(WRITES, max_size=14), cut=st.integers(0, 14))


@settings(max_examples=15)
@HISTORY
def test_any_history(folder, writes, cut):
    check_history(folder, writes, cut)


@pytest.mark.long
@settings(max_examples=300)
@HISTORY
def test_many_histories(folder, writes, cut):
    check_history(folder, writes, cut)
