"""Label the data of a run: give items a class, edit the classes, undo, list, import and export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rcmvae_core.cli.arguments import add_format, add_run, count, read, spec_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    _add_store(parser, None)
    names = "assign|clear|add|rename|merge|retire|undo|redo|log|show|import|export"
    verbs = parser.add_subparsers(dest="subcommand", required=True, metavar=names)
    writers = _add_writers(verbs)
    for writer in writers:
        writer.add_argument(
            "--annotator", metavar="NAME", help="the name of the annotator (default: the login name)"
        )
        writer.add_argument(
            "--request-id", metavar="ID", help="an id of this change; the same id is applied only once"
        )
    log = verbs.add_parser("log", help="list the last changes, the newest first")
    log.add_argument("-n", type=count, default=20, dest="count", metavar="N", help="how many (default: 20)")
    export = verbs.add_parser("export", help="write labels as CSV, or the whole history as JSON Lines")
    export.add_argument("file", metavar="FILE", help="a .csv or .jsonl file")
    show = verbs.add_parser("show", help="list the classes and how many items each has")
    for subparser in (*writers, log, export, show):
        _add_store(subparser, argparse.SUPPRESS)
        add_format(subparser)
    parser.set_defaults(action="rcmvae_core.cli.actions.label:main")


def _add_writers(verbs: Any) -> list[argparse.ArgumentParser]:
    """Add the subcommands that change labels or classes, and return their parsers."""
    assign = _add_items(verbs, "assign", "give items a class")
    assign.add_argument("--as", required=True, dest="name", metavar="NAME", help="the class")
    writers = [assign, _add_items(verbs, "clear", "remove the labels of items")]
    for name, arguments, help_ in (
        ("add", ("name",), "add a class"),
        ("rename", ("old", "new"), "rename a class"),
        ("merge", ("from", "into"), "move all items of a class to another class, and remove the class"),
        ("retire", ("name",), "remove a class and its labels"),
        ("import", ("file",), "import labels from a CSV file, or a whole history from a JSON Lines file"),
    ):
        writers.append(verbs.add_parser(name, help=help_))
        for argument in arguments:
            # `options.from` is a syntax error.
            dest = "source" if argument == "from" else argument
            writers[-1].add_argument(dest, metavar=argument.upper())
    for name, help_ in (("undo", "undo the last changes"), ("redo", "redo what was undone")):
        writers.append(verbs.add_parser(name, help=help_))
        writers[-1].add_argument(
            "-n", type=count, default=1, dest="count", metavar="N", help="how many (default: 1)"
        )
    return writers


def _add_store(parser: argparse.ArgumentParser, default: Any) -> None:
    help_ = "the label store (default: one beside the run, shared by all runs on the same data)"
    parser.add_argument("--store", type=Path, default=default, metavar="PATH", help=help_)


def _add_items(verbs: Any, name: str, help_: str) -> argparse.ArgumentParser:
    """Add a subcommand that takes items.

    Args:
        verbs: gets the subcommand.
        name: its name.
        help_: what it does.

    Returns:
        Its parser.
    """
    parser = verbs.add_parser(name, help=help_)
    parser.add_argument("items", nargs="*", metavar="ITEM", help="the id of an item")
    parser.add_argument(
        "--index", nargs="+", type=int, default=[], metavar="N", help="the index of an item in the data set"
    )
    return parser


def check(options: argparse.Namespace) -> None:
    """Resolve the spec of the run."""
    options.resolved, options.registry = read(spec_of(options.run), ())
