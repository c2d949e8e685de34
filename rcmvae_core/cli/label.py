"""Label the data of a run: give items a class, keep the classes, take back, look, import and export."""

from __future__ import annotations

import argparse
import gc
import json
from pathlib import Path
from typing import Any

from rcmvae_core.cli.common import add_json, count, read, spec_of
from rcmvae_core.cli.label_actions import ACTIONS, Call
from rcmvae_core.cli.output import complain, printable
from rcmvae_core.labels.items import Items, identity, item_ids
from rcmvae_core.labels.store import MEMORY, LabelStore
from rcmvae_core.labels.store_path import default_path

_READING = ("export", "log", "show")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory")
    _add_store(parser, None)
    names = "assign|clear|add|rename|merge|retire|undo|redo|log|show|import|export"
    actions = parser.add_subparsers(dest="action", required=True, metavar=names)
    writers = [
        _add_items(actions, "assign", "give items a class"),
        _add_items(actions, "clear", "take labels away"),
    ]
    writers[0].add_argument("--as", required=True, dest="name", metavar="NAME", help="the class")
    for action, words, help_ in (
        ("add", ("NAME",), "add a class"),
        ("rename", ("OLD", "NEW"), "call a class something else"),
        ("merge", ("FROM", "INTO"), "give every item of a class to another one, and the class up"),
        ("retire", ("NAME",), "give a class up, and with it its labels"),
        ("import", ("FILE",), "labels from a CSV file, or a whole history from a JSON Lines file"),
    ):
        writers.append(actions.add_parser(action, help=help_))
        for word in words:
            # `from` is a word of Python's own.
            writers[-1].add_argument("gone" if word == "FROM" else word.lower(), metavar=word)
    for action, help_ in (("undo", "take back the last writes"), ("redo", "do again what was taken back")):
        writers.append(actions.add_parser(action, help=help_))
        writers[-1].add_argument("-n", type=count, default=1, dest="count", metavar="N", help="how many")
    for writer in writers:
        writer.add_argument("--by", metavar="NAME", help="who labels; else the name of the login")
        writer.add_argument(
            "--batch", metavar="ID", help="a name for this write: given twice, it is done once"
        )
    log = actions.add_parser("log", help="the last writes, the newest first")
    log.add_argument("-n", type=count, default=20, dest="count", metavar="N", help="how many; else 20")
    export = actions.add_parser("export", help="labels as CSV, or the whole history as JSON Lines")
    export.add_argument("file", metavar="FILE", help="ends in .csv or .jsonl")
    for action in (
        *writers,
        log,
        export,
        actions.add_parser("show", help="the classes, and how many items each has"),
    ):
        _add_store(action, argparse.SUPPRESS)
        add_json(action)


def _add_store(parser: argparse.ArgumentParser, default: Any) -> None:
    help_ = "the label store; else one beside the run, which runs on the same data share"
    parser.add_argument("--store", type=Path, default=default, metavar="PATH", help=help_)


def _add_items(actions: Any, name: str, help_: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_)
    parser.add_argument("items", nargs="*", metavar="ITEM", help="the id of an item")
    parser.add_argument(
        "--index", nargs="+", type=int, default=[], metavar="N", help="its index in the data set"
    )
    return parser


def main(options: argparse.Namespace) -> int:
    """Find the run's data and their labels, and do what is asked."""
    gc.enable()
    run: Path = options.run
    part = read(spec_of(run), ())[0].one("data")
    from rcmvae_core.training.dataset import load  # noqa: PLC0415

    dataset = load(part)
    data = identity(dataset)
    own = part.keys.label_store
    path: Path = options.store or (Path(own) if own else default_path(run, part.name, data))
    # Nobody who only looks leaves an empty store behind.
    there = path if path.exists() or options.action not in _READING else MEMORY
    with LabelStore(there, data) as store:
        complain(store.warnings)
        call = Call(options, store, lambda: Items(item_ids(dataset)))
        values, words = ACTIONS[options.action](call)
        print("\n".join(map(printable, words)) if options.format == "text" else json.dumps(values, indent=2))
    return 0
