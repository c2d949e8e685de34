"""What each action of `rcmvae label` does: values for programs, and words for people."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels import table
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.records import Class, Event, Provenance, Receipt
from rcmvae_core.labels.store import LabelStore

Result = tuple[Mapping[str, Any], list[str]]


class Call(NamedTuple):
    """What an action may use; ids are computed only for those that name items."""

    options: argparse.Namespace
    store: LabelStore
    items: Callable[[], Items]

    @property
    def batch(self) -> str | None:
        """The batch id of a write, if it has one."""
        return self.options.batch

    @property
    def by(self) -> Provenance:
        """Who writes, and how."""
        how = "import" if self.options.action == "import" else "command"
        return Provenance(self.options.by or _login(), how)


def _login() -> str:
    import getpass  # noqa: PLC0415

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may have a number and no name
        return "unknown"


def _class(call: Call, name: str) -> Class:
    return call.store.find(name, batch=call.batch)


def _written(receipt: Receipt, words: str) -> Result:
    again = " (written before)" if receipt.repeated else ""
    return receipt._asdict(), [f"revision {receipt.revision}: {words}{again}"]


def _things(count: int, noun: str = "item") -> str:
    return f"{count} {noun}" + "s" * (count != 1)


def _named(call: Call) -> list[str]:
    """The items that the words name; every one that there is not is told."""
    options, items = call.options, call.items()
    found, faults = dict[str, None](), list[Diagnostic]()
    for look, names in ((items.known, options.items), (items.at, options.index)):
        for name in names:
            try:
                found[look(name)] = None
            except RcmvaeError as error:
                faults += error.diagnostics
    if not found and not faults:
        faults.append(Diagnostic("E607", "no item is named", help=["give the id of an item, or --index N"]))
    if faults:
        raise RcmvaeError(faults)
    return list(found)


def _assign(call: Call) -> Result:
    to, items = _class(call, call.options.name), _named(call)
    receipt = call.store.assign(items, to.id, call.by, batch=call.batch)
    return _written(receipt, f"{_things(receipt.items)} labelled `{to.name}`")


def _clear(call: Call) -> Result:
    receipt = call.store.clear(_named(call), call.by, batch=call.batch)
    return _written(receipt, f"{_things(receipt.items)} cleared")


def _add(call: Call) -> Result:
    receipt = call.store.add_class(call.options.name, call.by, batch=call.batch)
    return _written(receipt, f"class `{call.options.name}` added")


def _rename(call: Call) -> Result:
    old, new = call.options.old, call.options.new
    receipt = call.store.rename_class(_class(call, old).id, new, call.by, batch=call.batch)
    return _written(receipt, f"class `{old}` is now `{new}`")


def _merge(call: Call) -> Result:
    gone, into = _class(call, call.options.gone), _class(call, call.options.into)
    receipt = call.store.merge_classes(gone.id, into.id, call.by, batch=call.batch)
    return _written(receipt, f"`{gone.name}` merged into `{into.name}`, {_things(receipt.items)}")


def _retire(call: Call) -> Result:
    gone = _class(call, call.options.name)
    receipt = call.store.retire_class(gone.id, call.by, batch=call.batch)
    return _written(receipt, f"class `{gone.name}` retired, {_things(receipt.items)} cleared")


def _undo(call: Call) -> Result:
    receipt = call.store.undo(call.by, call.options.count, batch=call.batch)
    return _written(receipt, f"{_things(call.options.count, 'write')} taken back")


def _redo(call: Call) -> Result:
    receipt = call.store.redo(call.by, call.options.count, batch=call.batch)
    return _written(receipt, f"{_things(call.options.count, 'write')} done again")


def _import(call: Call) -> Result:
    path, store = Path(call.options.file), call.store
    if _is_csv(path):
        labels = table.parse(path, call.items(), store.classes_before(call.batch))
        receipt = store.assign_each(labels, call.by, batch=call.batch)
    else:
        receipt = store.import_events(path)
    return _written(receipt, f"{_things(receipt.items)} from `{path}`")


def _export(call: Call) -> Result:
    path, store = Path(call.options.file), call.store
    if _is_csv(path):
        snapshot = store.snapshot()
        revision, count = snapshot.revision, table.export(path, snapshot, call.items())
        return {"revision": revision, "items": count}, [
            f"{_things(count)} of revision {revision} in `{path}`"
        ]
    revision = store.export_events(path)
    return {"revision": revision}, [f"the history up to revision {revision} in `{path}`"]


def _is_csv(path: Path) -> bool:
    if path.suffix not in (".csv", ".jsonl"):
        message = f"`{path}` ends in neither .csv nor .jsonl"
        raise RcmvaeError(
            [Diagnostic("E608", message, help=["CSV holds labels, JSON Lines the whole history"])]
        )
    return path.suffix == ".csv"


def _log(call: Call) -> Result:
    names = [one.name for one in call.store.classes()]
    events = call.store.log(call.options.count)
    lines = [
        f"{event.revision:>6}  {event.time}  {event.provenance.who}  {_how(event)}  {_told(event, names)}"
        for event in events
    ]
    return {"events": [_plain(event) for event in events]}, lines or ["none"]


def _how(event: Event) -> str:
    score = event.provenance.score
    return event.provenance.how + (f" by {score}" if score else "")


def _plain(event: Event) -> dict[str, Any]:
    request = event.request
    asked = {"class": request.class_id, "name": request.name, "into": request.into, "target": request.target}
    who = event.provenance
    return {
        "revision": event.revision, "time": event.time, "kind": request.kind, "items": event.items,
        "who": who.who, "how": who.how, "score": who.score, "batch": event.batch, **asked,
    }  # fmt: skip


def _told(event: Event, names: list[str]) -> str:
    """An event in words; classes by the names they have now."""
    request, items = event.request, _things(event.items)

    def name(number: int | None) -> str:
        return f"`{names[number]}`" if number is not None else "several classes"

    return {
        "assign": f"{items} labelled {name(request.class_id)}",
        "clear": f"{items} cleared",
        "add": f"class `{request.name}` added",
        "rename": f"class {request.class_id} named `{request.name}`",
        "merge": f"{name(request.class_id)} merged into {name(request.into)}, {items}",
        "retire": f"{name(request.class_id)} retired, {items}",
        "undo": f"undo of {request.target}, {items}",
        "redo": f"redo of {request.target}, {items}",
    }[request.kind]


def _show(call: Call) -> Result:
    revision, classes, labels = call.store.snapshot()
    counts = Counter(labels.values())
    rows = [one._asdict() | {"items": counts[one.id]} for one in classes]
    lines = [f"{counts[one.id]:>7}  {one.name}{_state(one, classes)}" for one in classes]
    lines.append(f"{len(labels):>7}  labels, revision {revision}")
    return {"revision": revision, "labels": len(labels), "classes": rows}, lines


def _state(one: Class, classes: tuple[Class, ...]) -> str:
    if one.into is not None:
        return f" (merged into {classes[one.into].name})"
    return "" if one.state == "active" else f" ({one.state})"


ACTIONS: Mapping[str, Callable[[Call], Result]] = {
    "assign": _assign, "clear": _clear, "add": _add, "rename": _rename, "merge": _merge, "retire": _retire,
    "undo": _undo, "redo": _redo, "import": _import, "export": _export, "log": _log, "show": _show,
}  # fmt: skip
