"""Which module may import which: the rooms' order is a rule, and so is what starts without heavy packages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.imports import CORE, PLUGINS, ROOMS, ROOT, closure, cycles, edges, imports, modules, room

HEAVY = {"jax", "jaxlib", "numpy", "flax", "optax", "orbax", "matplotlib", "sklearn", "scipy", "jaxtyping"}
LOOSE = {"rcmvae_core", "rcmvae_core.__main__"}
"""Modules at the root that may import from any room: the public names, and the program."""
CORE_MODULES = [name for name in modules() if name.startswith("rcmvae_core")]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_order_names_every_room_once() -> None:
    rooms = {path.parent.name for path in CORE.glob("*/__init__.py")}
    assert sorted(ROOMS) == sorted(rooms)
    assert len(list(CORE.glob("*.py"))) <= 6


@pytest.mark.parametrize("module", [name for name in CORE_MODULES if name not in LOOSE])
def test_a_room_imports_only_those_before_it(module: str) -> None:
    """Type-only and lazy imports count: a reader follows them all the same."""
    here = room(module)
    for imported in edges()[module]:
        there = room(imported)
        if there is None:
            assert imported in ("rcmvae_core.errors", "rcmvae_core.version"), f"{module} imports {imported}"
        else:
            assert here is not None, f"{module} is in no room and imports {imported}"
            assert ROOMS.index(there) <= ROOMS.index(here), f"{module} imports {imported}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    # The root names what is public by string, and imports it for type checkers alone.
    graph = {name: imported - {"rcmvae_core"} for name, imported in edges().items() if name != "rcmvae_core"}
    assert cycles(graph) == []


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_says_in_one_sentence_what_it_is_for(name: str) -> None:
    tree = ast.parse((CORE / name / "__init__.py").read_text(encoding="utf-8"))
    purpose = (ast.get_docstring(tree) or "").split("\n\n")[0]
    assert purpose.endswith(".")
    assert purpose.count(". ") == 0


@pytest.mark.parametrize("name", ROOMS)
def test_every_room_has_a_folder_of_tests(name: str) -> None:
    assert list((ROOT / "tests" / name).rglob("test_*.py"))


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=named)
def test_the_core_never_imports_the_built_ins(path: Path) -> None:
    assert not [name for name in imports(path) if name.startswith("rcmvae_plugins")]


@pytest.mark.parametrize("path", sorted(PLUGINS.glob("*/*.py")), ids=named)
def test_families_do_not_import_each_other(path: Path) -> None:
    families = {p.name for p in PLUGINS.iterdir() if p.is_dir()} - {path.parent.name}
    others = [n for n in imports(path) if n.startswith("rcmvae_plugins.") and n.split(".")[1] in families]
    assert not others


def light() -> set[str]:
    """Every module that a command which trains nothing imports, and every one that an author declares with."""
    declaring = {*PLUGINS.rglob("__init__.py"), *PLUGINS.rglob("*params.py")}
    names = [name for name, path in modules().items() if path in declaring]
    names += [name for name in modules() if room(name) in ("spec", "scaffold", "migrate")]
    names += ["rcmvae_core.cli.main", *(n for n in modules() if n.startswith("rcmvae_core.cli.commands."))]
    heavy_parts = tuple(f"rcmvae_core.plugin.{name}" for name in ("protocols", "flax_adapters", "missing"))
    names += [n for n in modules() if room(n) == "plugin" and not n.startswith(heavy_parts)]
    return closure([*names, "rcmvae_core", "rcmvae_plugins.declarations"])


def test_light_modules_import_nothing_heavy() -> None:
    found = {
        name: heavy
        for name in sorted(light())
        if (heavy := {i.split(".")[0] for i in imports(modules()[name], lazy=False)} & HEAVY)
    }
    assert found == {}
