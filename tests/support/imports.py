"""Reads the imports of the sources: of which module, by which module, and when."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import rcmvae_core

ROOT = Path(__file__).parents[2]
CORE, PLUGINS = ROOT / "rcmvae_core", ROOT / "plugins" / "rcmvae_plugins"
ROOMS = tuple(re.findall(r"\w+", (rcmvae_core.__doc__ or "").partition("\n\n")[2]))
"""The rooms in their order, as the docstring of `rcmvae_core` has them."""


def module_of(path: Path) -> str:
    """Return the dotted name of a source file."""
    base = PLUGINS.parent if path.is_relative_to(PLUGINS) else ROOT
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> dict[str, Path]:
    """Return every module of the core and the built-ins, with its file."""
    paths = sorted([*CORE.rglob("*.py"), *PLUGINS.rglob("*.py")])
    return {module_of(path): path for path in paths}


def imports(path: Path, *, lazy: bool = True) -> Iterator[str]:
    """Yield the names that a file imports; without `lazy` only those that it imports when it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if lazy else _at_import(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        lazy = isinstance(child, ast.FunctionDef | ast.Lambda)
        typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        if not lazy and not typing:
            yield child
            yield from _at_import(child)


@cache
def edges(*, lazy: bool = True) -> dict[str, frozenset[str]]:
    """Return the modules of ours that each module imports, type-only and lazy imports included unless told not to."""
    return {
        name: frozenset(ours for text in imports(path, lazy=lazy) if (ours := _ours(text)) and ours != name)
        for name, path in modules().items()
    }


def _ours(text: str) -> str | None:
    """Return the module that an imported name stands in; None for modules of others."""
    while text and text not in modules():
        text = text.rpartition(".")[0]
    return text or None


def closure(start: Iterable[str]) -> set[str]:
    """Return the modules that are imported when `start` are, their packages included."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [*edges(lazy=False)[name], *_packages(name)]
    return seen


def _packages(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        if name in modules():
            yield name


def room(module: str) -> str | None:
    """Return the room of a module of the core; None for a loose one and for a built-in."""
    parts = module.split(".")
    return parts[1] if parts[0] == "rcmvae_core" and len(parts) > 1 and parts[1] in ROOMS else None


def cycles(graph: dict[str, frozenset[str]]) -> list[list[str]]:
    """Return the strongly connected groups of more than one module (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for name in graph:
        if name not in index:
            visit(name)
    return groups
