"""Who may import whom, read from the sources: the direction of flow is a rule, not a habit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE, PLUGINS = ROOT / "rcmvae_core", ROOT / "plugins" / "rcmvae_plugins"
HEAVY = {"jax", "jaxlib", "numpy", "flax", "optax", "orbax", "matplotlib", "sklearn", "scipy", "jaxtyping"}
LIGHT = [
    *(
        CORE / f"{name}.py"
        for name in (
            "__init__",
            "declarations",
            "discovery",
            "docstrings",
            "errors",
            "facts",
            "files",
            "hookspecs",
            "installed",
            "json_schema",
            "kinds",
            "locked",
            "lockfile",
            "params",
            "provenance",
            "reference",
            "registry",
            "resolved_toml",
            "schema_terms",
            "structure",
            "tables",
            "tokens",
            "unknown",
            "version",
        )
    ),
    *(path for room in ("migrate", "resolve", "scaffold", "spec") for path in (CORE / room).rglob("*.py")),
    *(path for path in (CORE / "cli").glob("*.py") if path.name not in ("run.py", "progress.py")),
    *PLUGINS.glob("*/__init__.py"),
    *PLUGINS.glob("*/*params.py"),
    *PLUGINS.glob("*/checks.py"),
    PLUGINS / "declarations.py",
]
# What may flow where: a room may import the rooms before it.
ROOMS = [
    "spec",
    "registry",
    "structure",
    "resolve",
    "model",
    "training",
    "rundir",
    "report",
    "experiment",
    "migrate",
    "cli",
]


def imports(path: Path, *, lazy: bool = True) -> Iterator[str]:
    """Modules that a file imports; without `lazy` only when it is itself imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if lazy else _at_import(tree)
    for node in nodes:
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


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=named)
def test_the_core_never_imports_the_built_ins(path: Path) -> None:
    assert not [name for name in imports(path) if name.startswith("rcmvae_plugins")]


@pytest.mark.parametrize("path", sorted(PLUGINS.glob("*/*.py")), ids=named)
def test_families_do_not_import_each_other(path: Path) -> None:
    families = {p.name for p in PLUGINS.iterdir() if p.is_dir()} - {path.parent.name}
    others = [n for n in imports(path) if n.startswith("rcmvae_plugins.") and n.split(".")[1] in families]
    assert not others


@pytest.mark.parametrize("path", sorted(LIGHT), ids=named)
def test_light_modules_import_nothing_heavy(path: Path) -> None:
    assert not [name for name in imports(path, lazy=False) if name.split(".")[0] in HEAVY]


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_flows_back(room: str) -> None:
    later = ROOMS[ROOMS.index(room) + 1 :]
    paths = [CORE / f"{room}.py"] if (CORE / f"{room}.py").exists() else sorted((CORE / room).rglob("*.py"))
    assert paths
    for path in paths:
        back = [n for n in imports(path) if n.startswith("rcmvae_core.") and n.split(".")[1] in later]
        assert not back, f"{named(path)} imports {back}"


def test_errors_import_nothing_of_ours() -> None:
    assert not [name for name in imports(CORE / "errors.py") if name.startswith("rcmvae")]
