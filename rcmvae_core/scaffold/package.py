"""Write a package of plugins as text, from the templates beside this module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import NamedTuple

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.hookspecs import GROUP
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.scaffold.names import NewPlugin, class_name
from rcmvae_core.version import __version__

_PREFIX = "rcmvae-"
_KINDS = frozenset(kind.name for kind in KINDS)


class Package(NamedTuple):
    """A package to write.

    Args:
        name: its import name.
        plugins: its plugins, at least one.
    """

    name: str
    plugins: tuple[NewPlugin, ...]

    @property
    def distribution(self) -> str:
        """The name of the distribution, for pip: like all packages of plugins it begins with `rcmvae-`."""
        name = self.name.replace("_", "-")
        return name if name.startswith(_PREFIX) else f"{_PREFIX}{name}"


def render_package(package: Package) -> dict[str, str]:
    """Return the text of every file of a package, by its path in the package's folder.

    Args:
        package: a package whose names have been checked.

    Example:
        >>> sorted(render_package(Package("my_gate", (NewPlugin("conditioner", "my_gate"),))))[:3]
        ['README.md', 'my_gate/__init__.py', 'my_gate/my_gate.py']
    """
    name = package.name
    classes = "\n\n".join(_fill_for_each(package, "params.py"))
    used = set(re.findall(r"= (param|schedule)\(|: (ScheduleFn)\b", classes))
    texts = {
        "pyproject.toml": _fill_for_package(package, "pyproject.toml"),
        "README.md": _fill_for_package(package, "README.md"),
        f"{name}/__init__.py": _fill_for_package(package, "init.py"),
        f"{name}/params.py": _fill(
            "package/params.py", classes=classes.rstrip(), imports=", ".join(sorted(a or b for a, b in used))
        ),
        "tests/conftest.py": _fill_for_package(package, "conftest.py"),
        f"tests/test_{name}_conformance.py": _fill_for_package(package, "test_conformance.py"),
    }
    for plugin in package.plugins:
        texts[f"{name}/{plugin.name}.py"] = _fill_for_plugin(package, plugin, "part.py")
        texts[f"tests/test_{plugin.name}.py"] = _fill_for_plugin(package, plugin, "test.py")
    return texts


def try_commands(package: Package) -> list[str]:
    """Return shell commands that try the plugins of an installed package."""
    return [
        line for plugin in package.plugins for line in _fill_for_plugin(package, plugin, "try").splitlines()
    ]


def name_conflicts(plugins: Sequence[NewPlugin]) -> list[Diagnostic]:
    """Return an E109 for each plugin whose name its own files use for something else.

    Args:
        plugins: the plugins to write; kinds without templates are not checked.
    """
    return [
        Diagnostic(
            "E109",
            f"`{name}` is already used in the files of a {kind} plugin",
            help=["choose another name"],
        )
        for kind, name in plugins
        if kind in _KINDS and name in _used_names(kind)
    ]


def _used_names(kind: str) -> set[str]:
    """Return names that the files of a kind would shadow: imports of the plugin, and all names of its test."""
    imported = _imported_names(_parse_template(kind, "part.py"))
    return {*imported, *_bound_names(_parse_template(kind, "test.py"))}


def _parse_template(kind: str, template: str) -> ast.Module:
    placeholder = NewPlugin(kind, "place__holder")  # not a valid name, so it clashes with none
    return ast.parse(_fill_for_plugin(Package("place__holder", (placeholder,)), placeholder, template))


def _imported_names(tree: ast.AST) -> Iterator[str]:
    return (node.asname or node.name for node in ast.walk(tree) if isinstance(node, ast.alias))


def _bound_names(tree: ast.AST) -> Iterator[str]:
    yield from _imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef):
            yield node.name


def _fill_for_package(package: Package, template: str) -> str:
    """Return a file that a package has once."""
    plugins = package.plugins
    return _fill(
        f"package/{template}",
        distribution=package.distribution,
        package=package.name,
        version=__version__,
        group=GROUP,
        declarations="".join(_fill_for_each(package, "declaration.py")).rstrip(),
        listing="\n".join(f"- {kind} `{name}`, in `{package.name}/{name}.py`" for kind, name in plugins),
        plugins="\n".join(f'        ("{kind}", "{name}"),' for kind, name in plugins),
        **{"try": "\n".join(try_commands(package))},
    )


def _fill_for_each(package: Package, template: str) -> list[str]:
    return [_fill_for_plugin(package, plugin, template) for plugin in package.plugins]


def _fill_for_plugin(package: Package, plugin: NewPlugin, template: str) -> str:
    """Return a file of a plugin, or the plugin's piece of a shared file.

    Args:
        package: the package.
        plugin: one of its plugins.
        template: name of the template in the folder of the kind.
    """
    name, camel = plugin.name, class_name(plugin.name)
    imports = (
        f"from {package.name}.{name} import {name}",
        f"from {package.name}.params import {camel}Params",
    )
    return _fill(
        f"{plugin.kind}/{template}",
        package=package.name,
        name=name,
        Name=camel,
        imports="\n".join(sorted(imports)),
    )


def _fill(template: str, **values: str) -> str:
    return _read_template(template).substitute(values)


@cache
def _read_template(path: str) -> Template:
    return Template((files("rcmvae_core.scaffold") / "templates" / f"{path}.txt").read_text(encoding="utf-8"))
