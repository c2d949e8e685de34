"""Runs the subcommands of `rcmvae label` on an open label store."""

from __future__ import annotations

import argparse
import getpass
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.cli.actions import label_history
from rcmvae_core.cli.actions.label_history import counted
from rcmvae_core.errors import FirstErrors, RcmvaeError, fail
from rcmvae_core.labels import csv_exchange
from rcmvae_core.labels.connection import unmatched
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.records import Class, Provenance, Receipt
from rcmvae_core.labels.store import LabelStore


class Result(NamedTuple):
    """The result of a subcommand.

    Args:
        values: plain values, for JSON.
        lines: the same as text.
    """

    values: Mapping[str, Any]
    lines: Iterable[str]


class Call(NamedTuple):
    """A call of a subcommand.

    Args:
        options: the parsed arguments.
        store: the open label store.
        items: computes the ids of all items; only some subcommands need them, and computing them takes time.
        former_ids: computes the ids that an earlier version gave the inputs; empty if it gave the same.
    """

    options: argparse.Namespace
    store: LabelStore
    items: Callable[[], Items]
    former_ids: Callable[[], list[str]] = list[str]

    @property
    def request_id(self) -> str | None:
        """The id of the change, if `--request-id` gives it one."""
        return self.options.request_id

    @property
    def provenance(self) -> Provenance:
        """The annotator, and whether the change is an import or a command."""
        how = "import" if self.options.subcommand == "import" else "command"
        return Provenance(self.options.annotator or _login(), how)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # in a container the user id may have no name
        return "unknown"


def _class(call: Call, name: str) -> Class:
    return call.store.find(name, request_id=call.request_id)


def _changed(receipt: Receipt, message: str) -> Result:
    repeated = " (already applied)" if receipt.repeated else ""
    return Result(receipt._asdict(), [f"revision {receipt.revision}: {message}{repeated}"])


def _item_ids(call: Call) -> list[str]:
    """Return the ids of the items that the arguments name.

    Raises:
        RcmvaeError: E607 for each item that does not exist, or if there is none.
    """
    options, items = call.options, call.items()
    ids, errors = dict[str, None](), FirstErrors()
    for find, names in ((items.check, options.items), (items.at, options.index)):
        for name in names:
            try:
                ids[find(name)] = None
            except RcmvaeError as error:
                errors.extend(error.diagnostics)
    if not ids and not errors.count:
        fail("E607", "no item is given", help=["give the id or the file of an item, or --index N"])
    errors.raise_any()
    return list(ids)


def _assign(call: Call) -> Result:
    class_, items = _class(call, call.options.name), _item_ids(call)
    receipt = call.store.assign(items, class_.id, call.provenance, request_id=call.request_id)
    return _changed(receipt, f"{counted(receipt.items)} labelled `{class_.name}`")


def _clear(call: Call) -> Result:
    receipt = call.store.clear(_item_ids(call), call.provenance, request_id=call.request_id)
    return _changed(receipt, f"{counted(receipt.items)} cleared")


def _add(call: Call) -> Result:
    receipt = call.store.add_class(call.options.name, call.provenance, request_id=call.request_id)
    return _changed(receipt, f"class `{call.options.name}` added")


def _rename(call: Call) -> Result:
    old, new = call.options.old, call.options.new
    class_ = _class(call, old)
    receipt = call.store.rename_class(class_.id, new, call.provenance, request_id=call.request_id)
    return _changed(receipt, f"class `{old}` is now `{new}`")


def _merge(call: Call) -> Result:
    source, into = _class(call, call.options.source), _class(call, call.options.into)
    receipt = call.store.merge_classes(source.id, into.id, call.provenance, request_id=call.request_id)
    return _changed(receipt, f"`{source.name}` merged into `{into.name}`, {counted(receipt.items)}")


def _retire(call: Call) -> Result:
    class_ = _class(call, call.options.name)
    receipt = call.store.retire_class(class_.id, call.provenance, request_id=call.request_id)
    return _changed(receipt, f"class `{class_.name}` retired, {counted(receipt.items)} cleared")


def _undo(call: Call) -> Result:
    receipt = call.store.undo(call.provenance, call.options.count, request_id=call.request_id)
    return _changed(receipt, f"{counted(call.options.count, 'change')} undone")


def _redo(call: Call) -> Result:
    receipt = call.store.redo(call.provenance, call.options.count, request_id=call.request_id)
    return _changed(receipt, f"{counted(call.options.count, 'change')} redone")


def _carry(call: Call) -> Result:
    """Give labels of ids of an earlier version to the items that have new ids; items with a label keep it."""
    store, items, options = call.store, call.items(), call.options
    labels = store.labels()
    strange = labels.keys() - set(items.ids)
    renamed = {old: new for old, new in zip(call.former_ids(), items.ids, strict=False) if old in strange}
    given = {new: labels[old] for old, new in renamed.items() if new not in labels}
    receipt = Receipt(store.revision, 0, repeated=True)
    if given:
        request_id = options.request_id and f"{options.request_id} assign"
        receipt = store.assign_each(given, call.provenance, request_id=request_id)
    if renamed:
        receipt = store.clear(renamed, call.provenance, request_id=options.request_id)
    left = unmatched(store.path, sorted(strange - renamed.keys()), len(store.labels()))
    values = {
        "revision": receipt.revision,
        "carried": len(renamed),
        "unmatched": sorted(strange - renamed.keys()),
    }
    line = f"revision {receipt.revision}: {counted(len(renamed), 'label')} carried over to the ids of files"
    return Result(values, [line, *(one.message for one in left)])


def _import(call: Call) -> Result:
    path, store = Path(call.options.file), call.store
    if _is_csv(path):
        labels = csv_exchange.parse(
            path, call.items(), store.classes_before(call.request_id), spreadsheet=call.options.spreadsheet
        )
        receipt = store.assign_each(labels, call.provenance, request_id=call.request_id)
    else:
        receipt = store.import_events(path)
    return _changed(receipt, f"{counted(receipt.items)} from `{path}`")


def _export(call: Call) -> Result:
    path, store = Path(call.options.file), call.store
    if _is_csv(path):
        snapshot = store.snapshot()
        revision = snapshot.revision
        count = csv_exchange.export(path, snapshot, call.items(), spreadsheet=call.options.spreadsheet)
        message = f"{counted(count)} of revision {revision} in `{path}`"
        return Result({"revision": revision, "items": count}, [message])
    revision = store.export_events(path)
    return Result({"revision": revision}, [f"the history up to revision {revision} in `{path}`"])


def _is_csv(path: Path) -> bool:
    """Return whether a file is CSV, by its ending.

    Raises:
        RcmvaeError: E608 if it is neither CSV nor JSON Lines.
    """
    if path.suffix not in (".csv", ".jsonl"):
        message = f"`{path}` ends in neither .csv nor .jsonl"
        fail("E608", message, help=["CSV contains labels, JSON Lines the whole history"])
    return path.suffix == ".csv"


def _log(call: Call) -> Result:
    names = [class_.name for class_ in call.store.classes()]
    events = call.store.log(call.options.count)
    lines = [label_history.as_line(event, names) for event in events]
    return Result({"events": [label_history.as_json(event) for event in events]}, lines or ["none"])


def _show(call: Call) -> Result:
    revision, classes, labels = call.store.snapshot()
    counts = Counter(labels.values())
    rows = [class_._asdict() | {"items": counts[class_.id]} for class_ in classes]
    lines = [f"{counts[class_.id]:>7}  {class_.name}{_state(class_, classes)}" for class_ in classes]
    lines.append(f"{len(labels):>7}  labels, revision {revision}")
    strange = sorted(labels.keys() - set(call.items().ids)) if labels else []
    for warning in unmatched(call.store.path, strange, len(labels)):
        lines += [warning.message, *warning.help]
    values = {"revision": revision, "labels": len(labels), "unmatched": strange, "classes": rows}
    return Result(values, lines)


def _state(class_: Class, classes: tuple[Class, ...]) -> str:
    if class_.into is not None:
        return f" (merged into {classes[class_.into].name})"
    return "" if class_.state == "active" else f" ({class_.state})"


SUBCOMMANDS: Mapping[str, Callable[[Call], Result]] = {
    "assign": _assign, "clear": _clear, "add": _add, "rename": _rename, "merge": _merge, "retire": _retire,
    "undo": _undo, "redo": _redo, "carry": _carry, "import": _import, "export": _export, "log": _log, "show": _show,
}  # fmt: skip
