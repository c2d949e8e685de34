"""Finds the position of every key and value of a TOML document in its text.

Neither tomli nor tomlkit reports positions of values, and diagnostics need them. tomli reads the data; a scanner
then finds the positions in the text that tomli accepted: it skips values without converting them, and checks only what
it needs to continue. It takes 0.2 ms for `experiments/quickstart.toml`; parsing that with tomlkit, which at least
keeps the text around values, takes 2 ms and 3 ms to import.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from rcmvae_core.errors import Span
from rcmvae_core.spec.toml_scanner import Extent, Path, scan


class Location(NamedTuple):
    """The position of one path of a document.

    Args:
        key: the last key part of the path. An array's element has no key, so here it is the element itself;
            for an element of an array of tables it is the key part in the element's `[[header]]`.
        value: the value's text. A table made by a `[header]` or `[[header]]` has the header's dotted key;
            one that is only implied (`a` and `a.b` in `a.b.c = 1`) has the key part that first names it.
    """

    key: Span
    value: Span


def locate(text: str) -> dict[Path, Location]:
    r"""Map each path of a TOML document to the spans of its key and its value.

    Args:
        text: a document that `tomli.loads` accepts, with the newlines of the file.

    Returns:
        A location for every path but the root, `()`. A table named by a header after its children were
        has that header's location; an array of tables has that of its first `[[header]]`.

    Raises:
        ValueError: if the text is not TOML. Not every error is detected: parse it with tomli first.

    Example:
        >>> where = locate("[model]\nlayers = [8, 16]\n")
        >>> where["model", "layers", 1].value
        Span(line=2, column=14, end_line=2, end_column=16)
    """
    return _locations(text, scan(text).extents)


def key_extents(text: str) -> dict[Path, list[tuple[int, int]]]:
    r"""Map each path to all positions of its key: that of a table can occur in many headers and dotted keys.

    Args:
        text: as for `locate`.

    Returns:
        Offsets into the text by path, the end exclusive.

    Example:
        >>> text = "a.b = 1\na.c = 2"
        >>> [text[start:end] for start, end in key_extents(text)["a",]]
        ['a', 'a']
    """
    extents: dict[Path, list[Extent]] = {}
    for path, extent in scan(text).keys:
        extents.setdefault(path, []).append(extent)
    return extents


def _locations(text: str, extents: dict[Path, tuple[int, int, int, int]]) -> dict[Path, Location]:
    # As in tomli, only "\n" ends a line; the "\r" of "\r\n" comes after everything that has a span.
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def span(start: int, end: int) -> Span:
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end, line - 1)
        return Span(line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    located: dict[Path, Location] = {}
    for path, (key_start, key_end, start, end) in extents.items():
        value = span(start, end)
        key = value if (key_start, key_end) == (start, end) else span(key_start, key_end)
        located[path] = Location(key, value)
    return located
