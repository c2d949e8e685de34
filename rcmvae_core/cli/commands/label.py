"""Label the data of a run: assign classes to items, edit the classes, undo, list, import and export.

The labels are kept in a label store, which all runs on the same data in a folder share.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rcmvae_core.cli.arguments import add_force, add_format, add_subcommand
from rcmvae_core.cli.run_arguments import (
    add_count,
    add_run,
    add_spreadsheet,
    add_store,
    check_spreadsheet,
    read_run,
)

_CLASS = "the name of a class"
_EDITS = (
    ("add", "add a class", {"name": "the name of the new class"}),
    ("rename", "rename a class", {"old": _CLASS, "new": "its new name"}),
    (
        "merge",
        "move all items of a class to another class, and remove the class",
        {"from": "the class to remove", "into": "the class that gets its items"},
    ),
    ("retire", "remove a class and its labels", {"name": _CLASS}),
    (
        "import",
        "import labels from a CSV file, or a whole history from a JSON Lines file",
        {"file": "a .csv or .jsonl file"},
    ),
)
"""Name and summary of the subcommands that take strings, and the help of each string."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_store(parser)
    names = "assign|clear|add|rename|merge|retire|undo|redo|log|show|carry|import|export"
    subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar=names)
    writers = _add_writers(subparsers)
    for writer in writers:
        writer.add_argument(
            "--annotator", metavar="NAME", help="the name of the annotator (default: the login name)"
        )
        writer.add_argument(
            "--request-id",
            metavar="ID",
            help="an id of this change; a change with the same id is applied once",
        )
    log = add_subcommand(subparsers, "log", "list the last changes, the newest first")
    add_count(log, "changes", 20)
    show = add_subcommand(subparsers, "show", "list the classes and how many items each has")
    export = add_subcommand(subparsers, "export", "write labels as CSV, or the whole history as JSON Lines")
    export.add_argument("file", metavar="FILE", help="a .csv or .jsonl file")
    add_force(export)
    add_spreadsheet(export)
    for subparser in (*writers, log, show, export):
        add_store(subparser, default=argparse.SUPPRESS)
        add_format(subparser)
    parser.set_defaults(action="rcmvae_core.cli.actions.label:main")


def _add_writers(subparsers: Any) -> list[argparse.ArgumentParser]:
    """Add the subcommands that change labels or classes, and return their parsers."""
    assign = _add_items(subparsers, "assign", "assign a class to items")
    assign.add_argument("--as", required=True, dest="name", metavar="NAME", help=_CLASS)
    writers = [assign, _add_items(subparsers, "clear", "remove the labels of items")]
    for name, summary, arguments in _EDITS:
        writers.append(add_subcommand(subparsers, name, summary))
        for argument, help_ in arguments.items():
            # `options.from` is a syntax error.
            dest = "source" if argument == "from" else argument
            writers[-1].add_argument(dest, metavar=argument.upper(), help=help_)
        if name == "import":
            add_spreadsheet(writers[-1], reads=True)
    writers.append(
        add_subcommand(
            subparsers, "carry", "give labels that an earlier version stored by pixels to their files"
        )
    )
    for name, summary in (("undo", "undo the last changes"), ("redo", "redo changes that were undone")):
        writers.append(add_subcommand(subparsers, name, summary))
        add_count(writers[-1], "changes", 1)
    return writers


def _add_items(subparsers: Any, name: str, summary: str) -> argparse.ArgumentParser:
    """Add a subcommand that takes items.

    Args:
        subparsers: get the subcommand.
        name: its name.
        summary: what it does.

    Returns:
        Its parser.
    """
    parser = add_subcommand(subparsers, name, summary)
    parser.add_argument("items", nargs="*", metavar="ITEM", help="the id of an item, or its file")
    parser.add_argument(
        "--index", nargs="+", type=int, default=[], metavar="N", help="the index of an item in the data set"
    )
    return parser


def check(options: argparse.Namespace) -> None:
    """Resolve the spec of the run.

    Raises:
        RcmvaeError: E410 if it is not a run directory; E424 for an option without effect; the errors of its spec.
    """
    if options.subcommand in ("import", "export"):
        check_spreadsheet(options, Path(options.file))
    options.resolved, options.registry, _ = read_run(options.run, "data")
