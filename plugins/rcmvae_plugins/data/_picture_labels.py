"""Reads the file of labels of a folder of images: CSV, JSON or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.data.cells import label_text
from rcmvae_core.runtime.data_limit import data_limit
from rcmvae_core.runtime.user_files import exists, expanded, is_file, read_file, shortened, why_missing
from rcmvae_plugins.data._errors import not_found, reason, unreadable
from rcmvae_plugins.data._picture_files import normal

_FILE_COLUMNS = ("file", "filename", "file_name", "path", "image", "name", "id")
_LABEL_COLUMNS = ("label", "class", "category", "target", "labels")
_TEXT_SHARE = 16
"""How many times larger the entries of a file of labels can be in memory than its text."""
_HELP = 'give a CSV file with the columns `file,label`, or JSON such as {"a.png": "cat"}'


class Entry(NamedTuple):
    """An entry of a file of labels.

    Args:
        file: the name of an image.
        label: its class; empty if it is unknown.
        line: its line or position, for messages.
    """

    file: str
    label: str
    line: int


class Assigned(NamedTuple):
    """The labels of a file, given to images.

    Args:
        labels: the class of each image; empty if it is unknown.
        listed: how many images the file names.
        missing: the names in the file that no image has.
    """

    labels: list[str]
    listed: int
    missing: list[str]


def find_label_file(name: str, root: Path) -> Path:
    """Return the path of a file of labels, relative to the folder of images or else to the working directory.

    Raises:
        RcmvaeError: E305 if it does not exist.
    """
    path = expanded(name)
    for candidate in (root / path, path):
        if is_file(candidate):
            return candidate
    state = why_missing(root / path if exists(root / path) else path)
    message = f"data `image_folder`: the file of labels `{shortened(name)}` {state}"
    raise not_found(message, f"`labels` is relative to the folder `{root}`, or to the working directory")


def assign_labels(path: Path, names: Sequence[str], unlabelled: Sequence[str] | None) -> Assigned:
    """Give images the labels of a file.

    An entry names an image by its path relative to the folder; by its own name, or that without the suffix, if only one
    image has it.

    Args:
        path: the file of labels.
        names: of the images.
        unlabelled: the labels that mean that there is none; None is the rule of all data.

    Returns:
        The labels; images that the file does not name have none.

    Raises:
        RcmvaeError: E306 if the file cannot be read, gives an image two labels, or names none of the images.
    """
    index = _index(names)
    labels: dict[int, Entry] = {}
    problems, missing = list[str](), list[str]()
    for entry in _read(path, unlabelled):
        position = index.get(_key(entry.file))
        if position is None:
            missing.append(entry.file)
        elif labels.setdefault(position, entry).label != entry.label:
            first = labels[position]
            problems.append(
                f"line {entry.line}: `{entry.file}` is labelled `{entry.label}`, and `{first.label}` in line {first.line}"
            )
    if problems:
        raise unreadable(path, *problems, remedies=["give each image one label"])
    if not labels:
        example = f", such as `{missing[0]}`" if missing else ""
        message = f"none of its {len(missing)} entries names an image of the folder{example}"
        raise unreadable(path, message, remedies=[f"names are relative to the folder, such as `{names[0]}`"])
    given = [labels[i].label if i in labels else "" for i in range(len(names))]
    return Assigned(given, len(labels), missing)


def _index(names: Sequence[str]) -> dict[str, int]:
    """Return the position of each image by its path, and by its name and stem if only one image has these."""
    by_short_name: dict[str, set[int]] = defaultdict(set)
    for position, name in enumerate(names):
        base = name.rsplit("/", 1)[-1]
        for short in (base, os.path.splitext(base)[0], os.path.splitext(name)[0]):  # noqa: PTH122 - names, not paths
            by_short_name[short].add(position)
    unique = {short: next(iter(found)) for short, found in by_short_name.items() if len(found) == 1}
    return unique | {name: position for position, name in enumerate(names)}


def _key(file: str) -> str:
    return normal(file.strip().replace("\\", "/").removeprefix("./"))


def _read(path: Path, unlabelled: Sequence[str] | None) -> list[Entry]:
    try:
        text = read_file(path, data_limit() // _TEXT_SHARE).decode("utf-8-sig")
        rows = list(_json_rows(text) if path.suffix.lower() in (".json", ".jsonl") else _csv_rows(text))
        return [Entry(str(file), normal(label_text(label, unlabelled)), line) for line, file, label in rows]
    except RecursionError:
        raise unreadable(path, "it is nested too deep to be a file of labels", remedies=[_HELP]) from None
    except (OSError, ValueError, TypeError, csv.Error) as error:
        message = "it is not UTF-8" if isinstance(error, UnicodeError) else reason(error)
        raise unreadable(path, message, remedies=[_HELP]) from None


def _csv_rows(text: str) -> Iterator[tuple[int, Any, Any]]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = columns
    file, label = _column(columns, _FILE_COLUMNS), _column(columns, _LABEL_COLUMNS)
    for row in reader:
        if row[label] is None:
            raise ValueError(f"line {reader.line_num} has fewer columns than the first line")
        yield reader.line_num, row[file], row[label]


def _json_rows(text: str) -> Iterator[tuple[int, Any, Any]]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        content = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(content, Mapping) and not any(isinstance(value, list | dict) for value in content.values()):
        yield from ((number, file, label) for number, (file, label) in enumerate(content.items(), 1))
        return
    if not (isinstance(content, list) and all(isinstance(one, Mapping) for one in content)):
        raise TypeError("it contains neither a mapping from files to labels nor a list of objects")
    for number, one in enumerate(content, 1):
        yield number, one[_column(one, _FILE_COLUMNS)], one[_column(one, _LABEL_COLUMNS)]


def _column(names: Iterable[str], known: tuple[str, ...]) -> str:
    """Return the name of a column.

    Raises:
        ValueError: if it is missing.
    """
    by_lower_case = {name.lower(): name for name in names}
    for name in known:
        if name in by_lower_case:
            return by_lower_case[name]
    raise ValueError(
        f"it has no column `{known[0]}`: its columns are {', '.join(by_lower_case.values()) or 'none'}"
    )
