"""Labels as CSV, a line an item: `item,label` for programs, `index,label` for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels.check import find
from rcmvae_core.labels.files import fault, replacing, text_of
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.records import Class, Snapshot


def export(path: Path, snapshot: Snapshot, items: Items) -> int:
    """Write every label as `item,index,label`, in the order of the data set, and give their number.

    The index is that of the first input with that content; an item that the data set has not has none, and
    comes last.
    """
    first = items.first
    names = [one.name for one in snapshot.classes]
    order = sorted(snapshot.labels, key=lambda item: (first.get(item, len(items.ids)), item))
    with replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("item", "index", "label"))
        writer.writerows((item, first.get(item, ""), names[snapshot.labels[item]]) for item in order)
    return len(order)


def parse(path: Path, items: Items, classes: Sequence[Class]) -> dict[str, int]:
    """The class of each item of a file.

    A column `label` names the class, a column `item` or else `index` the item; others are left alone.

    Raises:
        RcmvaeError: E608 with every fault of the file, each with its line.
    """
    text = text_of(path)
    lines = text.split("\n")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    faults, found = list[Diagnostic](), dict[str, int]()
    try:
        read = _reader(path, lines, next(reader, []), items, classes)
        for row in filter(None, reader):
            try:
                _note(found, *read(row), classes)
            except _Wrong as wrong:
                faults.append(fault(path, lines, reader.line_num, str(wrong), *wrong.help))
    except csv.Error as error:
        faults.append(fault(path, lines, max(reader.line_num, 1), f"it is not CSV: {error}"))
    if not faults and not found:
        faults.append(fault(path, lines, 1, "there is no label in it", "give a line for each item"))
    if faults:
        raise RcmvaeError(faults)
    return found


class _Wrong(Exception):  # noqa: N818 - becomes a diagnostic at once
    """What is wrong in a row, and what to do."""

    def __init__(self, message: str, *help_: str) -> None:
        self.help = help_
        super().__init__(message)


def _note(found: dict[str, int], item: str, label: int, classes: Sequence[Class]) -> None:
    if found.setdefault(item, label) != label:
        message = f"item `{item}` is labelled `{classes[found[item]].name}` above"
        raise _Wrong(message, "an item has one label; equal inputs are one item")


def _reader(
    path: Path, lines: list[str], head: list[str], items: Items, classes: Sequence[Class]
) -> Callable[[list[str]], tuple[str, int]]:
    """What makes an item and a class of a row, once the head is known."""
    key = next((name for name in ("item", "index") if name in head), None)
    if key is None or "label" not in head:
        message = "the first line names no column `label`, or neither `item` nor `index`"
        raise RcmvaeError([fault(path, lines, 1, message, "begin with `item,label` or `index,label`")])
    at, label_at = head.index(key), head.index("label")

    def read(row: list[str]) -> tuple[str, int]:
        if len(row) != len(head):
            raise _Wrong(f"it has {len(row)} columns, the first line {len(head)}")
        try:
            item = items.known(row[at]) if key == "item" else items.at(_whole(row[at]))
            return item, find(classes, row[label_at]).id
        except RcmvaeError as error:
            diagnostic = error.diagnostics[0]
            raise _Wrong(diagnostic.message, *diagnostic.help) from None

    return read


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _Wrong(f"`{text}` is no index", "give a whole number, from 0")
    return int(text)
