"""What a plugin may import is listed, sorted, documented, and enough for every part that is built in."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import rcmvae_core
from rcmvae_core.plugin.docstrings import docstring, sections
from tests.support import reference_writer as reference

ROOT = Path(__file__).parents[2]
PARTS = [
    *(ROOT / "plugins" / "rcmvae_plugins").rglob("*.py"),
    *(ROOT / "docs" / "examples").rglob("*.py"),
    *(ROOT / "tests" / "plugin" / "distributions" / "packages").rglob("*.py"),
]
# What built-in parts read from inside the core, and why no other package needs it.
INNER = {
    "rcmvae_core.report.drawing": "the report's own inks, which every figure is drawn with anyway",
}
HOMES = {name: f"rcmvae_core.{home}" for home, names in rcmvae_core.HOMES.items() for name in names}


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of everything that a file takes from the core."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.split(".")[0] == "rcmvae_core")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rcmvae_core":
            yield from ((node.module or "", alias.name) for alias in node.names)


def is_public(module: str, name: str) -> bool:
    if module in reference.SUBMODULES or f"{module}.{name}" in reference.SUBMODULES:
        return True
    return HOMES.get(name) == module or (module == "rcmvae_core" and name in {"", *HOMES})


def test_names_are_sorted_and_each_has_one_home() -> None:
    assert rcmvae_core.__all__ == sorted(rcmvae_core.__all__)
    assert sorted(HOMES) == rcmvae_core.__all__
    assert sum(map(len, rcmvae_core.HOMES.values())) == len(HOMES)


@pytest.mark.parametrize("name", rcmvae_core.__all__)
def test_every_name_can_be_imported_and_is_documented(name) -> None:
    found = getattr(rcmvae_core, name)
    text = docstring(f"{HOMES[name]}:{name}")
    assert text.strip()
    documented = set(re.findall(r"^(?:\*\*)?(\w+(?:, \w+)*):", sections(text).get("Args", ""), re.MULTILINE))
    documented = {name for names in documented for name in names.split(", ")}
    assert arguments(found) <= documented, arguments(found) - documented


def arguments(found: object) -> set[str]:
    """What a record is made of, or a function takes; parameters of `param` document themselves."""
    if inspect.isclass(found) and attrs.has(found):
        return {a.name for a in attrs.fields(found) if "rcmvae" not in a.metadata}
    if inspect.isfunction(found):
        return set(inspect.signature(found).parameters)
    return set(getattr(found, "_fields", ()))


def test_the_page_lists_exactly_these() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    names, _, modules = text.partition("## Modules")
    assert sorted(re.findall(r"^- `(\w+)`: .", names, re.MULTILINE)) == rcmvae_core.__all__
    assert tuple(re.findall(r"^- `([\w.]+)`: .", modules, re.MULTILINE)) == reference.SUBMODULES


@pytest.mark.parametrize("path", sorted(PARTS), ids=lambda path: str(path.relative_to(ROOT)))
def test_parts_import_public_names_alone(path) -> None:
    inner = {module_of(f"{module}.{name}") for module, name in imported(path) if not is_public(module, name)}
    assert inner <= set(INNER), (
        "import what is in rcmvae_core.__all__, or add it there if authors of plugins need it"
    )


def module_of(path: str) -> str:
    """The exception that a path falls under, a module or a name in one; else the path."""
    return next((known for known in INNER if path == known or path.startswith(f"{known}.")), path)


def test_the_exceptions_are_in_use() -> None:
    assert set(INNER) <= {module_of(f"{module}.{name}") for path in PARTS for module, name in imported(path)}
