"""Draws a Mermaid flowchart as SVG, in rows: a node stands below every node that leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

_EDGE = re.compile(r"^ +(\w+) --> (\w+)$", re.MULTILINE)
_NODE = re.compile(r"^ +(\w+)\[\w+\]$", re.MULTILINE)
_WIDTH, _HEIGHT, _ROW, _GAP = 126, 34, 74, 20
_SWEEPS = 12
Bend = tuple[str, str, int]
"""A place that an arrow passes, in each row between its ends."""
Item = str | Bend


def drawing(flowchart: str) -> str:
    """Return a flowchart as an SVG element, in the colours of the page.

    Args:
        flowchart: nodes `name[name]` and arrows `from --> to`, a line each; no arrow leads to an earlier node.

    Returns:
        One element that scales with the page.
    """
    nodes, arrows = _NODE.findall(flowchart), _EDGE.findall(flowchart)
    rows = _rows(nodes, arrows)
    ways = {arrow: _way(arrow, rows) for arrow in arrows}
    across = _across([*nodes, *(item for way in ways.values() for item in way[1:-1])], rows, ways)
    places = {item: (x, _row(item, rows) * _ROW) for item, x in across.items()}
    left = min(across.values()) - _WIDTH / 2 - 4
    right = max(across.values()) + _WIDTH / 2 + 4
    height = max(rows.values()) * _ROW + _HEIGHT + 8
    start = (
        '<svg class="rooms" role="img" aria-label="Rooms and what imports them" '
        f'viewBox="{left:g} -4 {right - left:g} {height:g}">'
    )
    lines = (_line([places[item] for item in way]) for way in ways.values())
    return "\n".join([start, *lines, *(_box(name, *places[name]) for name in nodes), "</svg>"])


def _rows(nodes: Sequence[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the row of each node, by the longest way to it; a node to which none leads stands above its next."""
    rows: dict[str, int] = {}
    for node in nodes:
        rows[node] = 1 + max((rows[start] for start, end in arrows if end == node), default=-1)
    for node in reversed(nodes):
        ends = [rows[end] for start, end in arrows if start == node]
        if ends and all(end != node for _, end in arrows):
            rows[node] = min(ends) - 1
    return rows


def _way(arrow: tuple[str, str], rows: Mapping[str, int]) -> list[Item]:
    start, end = arrow
    return [start, *((start, end, row) for row in range(rows[start] + 1, rows[end])), end]


def _row(item: Item, rows: Mapping[str, int]) -> int:
    return rows[item] if isinstance(item, str) else item[2]


def _across(
    items: Sequence[Item], rows: Mapping[str, int], ways: Mapping[tuple[str, str], list[Item]]
) -> dict[Item, float]:
    """Return where each item stands across the page, near the items that it is joined with."""
    near: dict[Item, list[Item]] = {item: [] for item in items}
    for way in ways.values():
        for one, other in pairwise(way):
            near[one].append(other)
            near[other].append(one)
    order = [
        [item for item in items if _row(item, rows) == row]
        for row in range(max(rows.values(), default=0) + 1)
    ]
    across: dict[Item, float] = {}
    for row in order:
        across |= _spread(row)
    for _ in range(_SWEEPS):
        for row in order:
            row.sort(key=lambda item: sum(across[each] for each in near[item]) / max(1, len(near[item])))
            across |= _spread(row)
    return across


def _spread(row: Sequence[Item]) -> Iterator[tuple[Item, float]]:
    """Yield the items of a row with their places, centred; the bend of an arrow takes less room than a node."""
    widths = [_WIDTH if isinstance(item, str) else 0 for item in row]
    x = -(sum(widths) + _GAP * (len(row) - 1)) / 2
    for item, width in zip(row, widths, strict=True):
        yield item, x + width / 2
        x += width + _GAP


def _line(points: Sequence[tuple[float, float]]) -> str:
    """Return an arrow from the lower edge of the first box through the rows to the upper edge of the last."""
    (x, y), *between, (u, v) = points
    path, y = [f"M{x:g} {y + _HEIGHT:g}"], y + _HEIGHT
    for a, b in between:
        path.append(f"C{x:g} {(y + b) / 2:g} {a:g} {(y + b) / 2:g} {a:g} {b:g} V{b + _HEIGHT:g}")
        x, y = a, b + _HEIGHT
    middle = (y + v) / 2
    path.append(f"C{x:g} {middle:g} {u:g} {middle:g} {u:g} {v - 5:g}")
    return f'<path d="{" ".join(path)}"/><path class="head" d="M{u:g} {v:g} l-4 -7 h8 z"/>'


def _box(name: str, x: float, y: float) -> str:
    return (
        f'<rect x="{x - _WIDTH / 2:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="5"/>'
        f'<text x="{x:g}" y="{y + _HEIGHT / 2 + 5:g}">{name}</text>'
    )
