"""Map offsets into a YAML text to places."""

from __future__ import annotations

import re
from bisect import bisect_right

import yaml

from rcmvae_core.errors import Place, Source, Span


class Places:
    """Places of offsets into the text; only a newline ends a line, as in TOML."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.starts = [0, *(match.end() for match in re.finditer("\n", source.text))]

    def at(self, start: int, end: int | None = None) -> Place:
        """Return the place from one offset to another, or of one character."""
        (line, column), (end_line, end_column) = map(self._point, (start, start + 1 if end is None else end))
        return Place(self.source, Span(line, column, end_line, end_column))

    def of(self, node: yaml.Node) -> Place:
        """Return the place of a node."""
        return self.at(node.start_mark.index, node.end_mark.index)

    def _point(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1
