"""Built-in declarations: light, complete, and consistent with what they declare."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
import rcmvae_plugins
from rcmvae_plugins.declarations import rcmvae_plugins as declared

from rcmvae_core.plugin.declaration import Plugin, claim, load_object
from rcmvae_core.plugin.kinds import CORE_TOKENS, KINDS
from rcmvae_core.plugin.parameters import fields

PLUGINS = [plugin for plugin in declared() if plugin.kind != "figure"]
IDS = [f"{plugin.kind}.{plugin.name}" for plugin in PLUGINS]
TOKENS = set(CORE_TOKENS).union(*(kind.tokens for kind in KINDS))
ROOT = Path(rcmvae_plugins.__file__).parent
FAMILIES = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
HEAVY = {"jax", "numpy", "flax", "optax", "sklearn", "scipy", "matplotlib"}


def test_every_family_of_the_core_has_a_part():
    assert {plugin.kind for plugin in PLUGINS} | {"figure"} == {kind.name for kind in KINDS}
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("plugin", PLUGINS, ids=IDS)
def test_what_is_declared_exists(plugin: Plugin):
    build = load_object(plugin.impl)
    assert build.__name__ == plugin.name
    assert build.__doc__
    expected = {"data": 1, "backbone": 3}.get(plugin.kind, 2)
    assert len(inspect.signature(build).parameters) == expected


@pytest.mark.parametrize("plugin", PLUGINS, ids=IDS)
def test_tokens_belong_to_a_vocabulary(plugin: Plugin):
    kind = next(kind for kind in KINDS if kind.name == plugin.kind)
    claims = [claim(text) for text in plugin.provides]
    assert {token for token, _ in claims} <= set(kind.tokens)
    conditions = {condition for _, condition in claims if condition}
    assert set(plugin.requires) | set(plugin.conflicts) | conditions <= TOKENS


@pytest.mark.parametrize("plugin", PLUGINS, ids=IDS)
def test_parameters_are_documented_and_keep_their_own_bounds(plugin: Plugin):
    for field in fields(load_object(plugin.params)).values():
        assert field.rule.doc.endswith(".")
        if not field.required:
            assert field.rule.violation(field.default) is None
        if field.type in {int, float} or field.type in {tuple[int, ...], tuple[float, ...]}:
            rule = field.rule
            assert rule.ge is not None or rule.gt is not None, field.name
            assert rule.le is not None or rule.lt is not None, field.name


@pytest.mark.parametrize("plugin", PLUGINS, ids=IDS)
def test_parameters_are_frozen(plugin: Plugin):
    cls = load_object(plugin.params)
    assert attrs.has(cls)
    assert cls.__setattr__ is not object.__setattr__


def test_declarations_and_parameters_import_nothing_heavy():
    modules = ["rcmvae_plugins.declarations", *{p.params.partition(":")[0] for p in declared()}]
    code = f"import importlib, sys\nfor m in {modules}: importlib.import_module(m)\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(result.stdout.split())


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_families_do_not_import_each_other(path: Path):
    """What several have in common is in a helper of the package, `rcmvae_plugins._NAME`."""
    family = path.relative_to(ROOT).parts[0]
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.startswith("rcmvae_plugins"):
                assert name.startswith((f"rcmvae_plugins.{family}.", "rcmvae_plugins._")), name


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name)
def test_every_public_module_of_a_family_holds_plugins(family: Path):
    """Helpers have a leading underscore; what is left is declared as an implementation, or is `params.py`."""
    declared_modules = {plugin.impl.partition(":")[0].rpartition(".")[2] for plugin in declared_by(family)}
    public = {path.stem for path in family.glob("*.py") if not path.stem.startswith("_")}
    assert public - {"params"} == declared_modules


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name)
def test_parameters_of_a_family_are_in_one_module(family: Path):
    own = {plugin.params.partition(":")[0] for plugin in declared_by(family)}
    assert own <= {f"rcmvae_plugins.{family.name}.params", "rcmvae_core.plugin.parameters"}
    defining = {path.name for path in family.glob("*.py") if defines_parameters(path)}
    assert defining <= {"params.py"}


def declared_by(family: Path) -> list[Plugin]:
    return [plugin for plugin in declared() if plugin.impl.startswith(f"rcmvae_plugins.{family.name}.")]


def defines_parameters(path: Path) -> bool:
    """Whether a module has a class of declared parameters."""
    classes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
    return any(node.name.endswith("Params") for node in classes)
