"""Draws the rooms of the core and what they import as a picture for `docs/architecture.md`."""

from __future__ import annotations

from tests.support.imports import ROOMS, edges, modules, room


def room_edges() -> dict[str, set[str]]:
    """Return the rooms that each room imports."""
    found: dict[str, set[str]] = {name: set() for name in ROOMS}
    for module, imported in edges().items():
        here = room(module)
        if here is not None:
            found[here] |= {there for name in imported if (there := room(name)) not in (None, here)}
    return found


def picture() -> str:
    """Return a Mermaid flowchart: an arrow from each room to the rooms that use it, without those that follow."""
    graph = room_edges()
    lines = [f"    {name}[{name}]" for name in ROOMS]
    lines += [f"    {there} --> {here}" for here in ROOMS for there in ROOMS if _direct(graph, here, there)]
    return "\n".join(["flowchart TD", *lines])


def _direct(graph: dict[str, set[str]], here: str, there: str) -> bool:
    """Whether a room imports another one, and none of its other imports leads there too."""
    if there not in graph[here]:
        return False
    return not any(there in _reached(graph, other) for other in graph[here] - {there})


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [*graph[start]]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


def table() -> str:
    """Return a Markdown table of the rooms: what each is for, and how many modules it has."""
    rows = ["| room | what it is for | modules |", "|---|---|---|"]
    for name in ROOMS:
        count = sum(room(module) == name for module in modules())
        purpose = " ".join((_purpose(name)).split())
        rows.append(f"| `{name}` | {purpose} | {count} |")
    return "\n".join(rows)


def _purpose(name: str) -> str:
    path = modules()[f"rcmvae_core.{name}"]
    text = path.read_text(encoding="utf-8")
    return text.split('"""')[1].strip().split("\n\n")[0]
