"""Reads and writes labels as CSV, one item per line, named by `item`, by `file` or by `index`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from rcmvae_core.errors import Diagnostic, FirstErrors, RcmvaeError
from rcmvae_core.labels.exchange import line_error, read_text, replacing
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.records import Class, Snapshot
from rcmvae_core.labels.validate import find
from rcmvae_core.runtime.csv_cells import unguard, writer_of
from rcmvae_core.runtime.user_files import shortened


def export(path: Path, snapshot: Snapshot, items: Items, *, spreadsheet: bool = False) -> int:
    """Write every label as `item,index,label`, in the order of the data set, with `file` if inputs have names.

    Index and file are those of the first input of the item; items that the data set does not have come last, without.

    Args:
        path: the file; replaced if it exists.
        snapshot: labels and classes.
        items: the items of the data set.
        spreadsheet: whether to guard cells that a spreadsheet would run.

    Returns:
        The number of labels.
    """
    first_index, cell = items.first_index, writer_of(spreadsheet=spreadsheet)
    names = [one.name for one in snapshot.classes]
    order = sorted(snapshot.labels, key=lambda item: (first_index.get(item, len(items.ids)), item))
    with replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        has_files = len(items.names) > 0
        writer.writerow(("item", "index", *(["file"] if has_files else []), "label"))
        writer.writerows(
            (
                item,
                first_index.get(item, ""),
                *([cell(items.name_of(item))] if has_files else []),
                cell(names[snapshot.labels[item]]),
            )
            for item in order
        )
    return len(order)


def parse(path: Path, items: Items, classes: Sequence[Class], *, spreadsheet: bool = False) -> dict[str, int]:
    """Read the labels of a file.

    A column `label` names the class, a column `item`, or else `file`, or else `index`, the item; other columns are
    ignored.

    Args:
        path: the file.
        items: the items of the data set.
        classes: every class of the store, by id.
        spreadsheet: whether cells are guarded, as `export` does.

    Returns:
        The class id of each item.

    Raises:
        RcmvaeError: E608 for the first errors of the file, each with its line.
    """
    text = read_text(path)
    lines = text.split("\n")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    errors, labels = FirstErrors(), dict[str, int]()

    def report(number: int, message: str, *help_: str) -> None:
        errors.add(lambda: line_error(path, lines, number, message, *help_))

    try:
        parse_row = _row_parser(path, lines, next(reader, []), items, classes)
        for cells in filter(None, reader):
            row = [unguard(cell) for cell in cells] if spreadsheet else cells
            try:
                _add(labels, *parse_row(row), classes)
            except _RowError as error:
                report(reader.line_num, str(error), *error.help)
            except _UnknownClassError as error:
                label, number = str(error), reader.line_num
                errors.add(lambda: _unknown_class(path, lines, number, label, classes))  # noqa: B023 - built at once
    except csv.Error as error:
        report(max(reader.line_num, 1), f"it is not CSV: {error}")
    if not errors.count and not labels:
        report(1, "it contains no label", "give a line for each item")
    errors.raise_any()
    return labels


def _unknown_class(
    path: Path, lines: list[str], number: int, label: str, classes: Sequence[Class]
) -> Diagnostic:
    """Return the diagnostic of a label that is no active class, with the names that are like it.

    Args:
        path: the file.
        lines: its lines.
        number: of the line.
        label: of the row.
        classes: every class of the store, by id.
    """
    try:
        find(classes, label)
    except RcmvaeError as error:
        diagnostic = error.diagnostics[0]
        return line_error(path, lines, number, diagnostic.message, *diagnostic.help)
    raise AssertionError(label)


class _RowError(Exception):
    """An error in a row, with how to fix it; becomes a diagnostic of the row's line."""

    def __init__(self, message: str, *help_: str) -> None:
        self.help = help_
        super().__init__(message)


class _UnknownClassError(Exception):
    """The label of a row is no active class; the message is the label, because looking for similar ones takes time."""


def _add(labels: dict[str, int], item: str, label: int, classes: Sequence[Class]) -> None:
    """Add a label, if the item has no other one.

    Args:
        labels: the labels of the rows above; changed.
        item: the id of the row's item.
        label: its class id.
        classes: every class of the store, by id.
    """
    if labels.setdefault(item, label) != label:
        message = f"item `{shortened(item)}` is labelled `{classes[labels[item]].name}` above"
        raise _RowError(message, "an item has one label; equal inputs are one item")


def _row_parser(
    path: Path, lines: list[str], header: list[str], items: Items, classes: Sequence[Class]
) -> Callable[[list[str]], tuple[str, int]]:
    """Return a function from a row to the item's id and its class id.

    Args:
        path: the file.
        lines: its lines.
        header: the names of its columns.
        items: the items of the data set.
        classes: every class of the store, by id.
    """
    header = [name.strip() for name in header]
    key = next((name for name in ("item", "file", "index") if name in header), None)
    if key is None or "label" not in header:
        message = "the first line names no column `label`, or none of `item`, `file` and `index`"
        help_ = "begin with `file,label`, `item,label` or `index,label`"
        raise RcmvaeError([line_error(path, lines, 1, message, help_)])
    item_column, label_column = header.index(key), header.index("label")
    active = {one.name: one.id for one in classes if one.state == "active"}
    find_item = {"item": items.check, "file": items.named, "index": lambda text: items.at(_index(text))}[key]

    def parse_row(row: list[str]) -> tuple[str, int]:
        if len(row) != len(header):
            raise _RowError(f"it has {len(row)} columns, the first line has {len(header)}")
        cell, label = row[item_column], row[label_column]
        if not label.strip():
            raise _RowError("it has no label", "name a class, or remove the line")
        try:
            item = find_item(cell)
        except RcmvaeError as error:
            diagnostic = error.diagnostics[0]
            raise _RowError(diagnostic.message, *diagnostic.help) from None
        if label not in active:
            raise _UnknownClassError(label)
        return item, active[label]

    return parse_row


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _RowError(f"`{shortened(text)}` is not an index", "give an integer from 0")
    return int(text)
