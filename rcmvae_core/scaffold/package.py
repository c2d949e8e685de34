"""A package of plugins as text, made from templates beside this module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import NamedTuple

from rcmvae_core.errors import Diagnostic
from rcmvae_core.hookspecs import GROUP
from rcmvae_core.kinds import KINDS
from rcmvae_core.scaffold.names import Wanted, camel
from rcmvae_core.version import __version__

_KINDS = frozenset(kind.name for kind in KINDS)


class Package(NamedTuple):
    """A package to write.

    Args:
        name: as Python imports it.
        plugins: what it holds, at least one.
    """

    name: str
    plugins: tuple[Wanted, ...]

    @property
    def distribution(self) -> str:
        """As pip calls it."""
        return self.name.replace("_", "-")


def render(package: Package) -> dict[str, str]:
    """Every file of a package, by its path in the package's folder.

    Args:
        package: whose names are known to be good.

    Example:
        >>> sorted(render(Package("my_gate", (Wanted("conditioner", "my_gate"),))))[:3]
        ['README.md', 'my_gate/__init__.py', 'my_gate/my_gate.py']
    """
    name = package.name
    classes = "\n\n".join(_of_each(package, "params.py"))
    used = set(re.findall(r"= (param|schedule)\(|: (ScheduleFn)\b", classes))
    found = {
        "pyproject.toml": _shared(package, "pyproject.toml"),
        "README.md": _shared(package, "README.md"),
        f"{name}/__init__.py": _shared(package, "init.py"),
        f"{name}/params.py": _fill(
            "package/params.py", classes=classes.rstrip(), imports=", ".join(sorted(a or b for a, b in used))
        ),
        "tests/conftest.py": _shared(package, "conftest.py"),
        "tests/test_conformance.py": _shared(package, "test_conformance.py"),
    }
    for plugin in package.plugins:
        found[f"{name}/{plugin.name}.py"] = _own(package, plugin, "part.py")
        found[f"tests/test_{plugin.name}.py"] = _own(package, plugin, "test.py")
    return found


def commands(package: Package) -> list[str]:
    """What to type to try the plugins of an installed package."""
    return [line for plugin in package.plugins for line in _own(package, plugin, "try").splitlines()]


def clashes(plugins: Sequence[Wanted]) -> list[Diagnostic]:
    """Names of plugins that their own files use for something else.

    Args:
        plugins: those of kinds without templates pass.
    """
    return [
        Diagnostic(
            "E109",
            f"`{name}` is a name that the files of a {kind} use themselves",
            help=["choose another name"],
        )
        for kind, name in plugins
        if kind in _KINDS
        and name in {*_imported(_parsed(kind, "part.py")), *_bound(_parsed(kind, "test.py"))}
    ]


def _parsed(kind: str, template: str) -> ast.Module:
    other = Wanted(kind, "stand__in")  # no name that anyone can choose
    return ast.parse(_own(Package("stand__in", (other,)), other, template))


def _imported(tree: ast.AST) -> Iterator[str]:
    return (node.asname or node.name for node in ast.walk(tree) if isinstance(node, ast.alias))


def _bound(tree: ast.AST) -> Iterator[str]:
    yield from _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef):
            yield node.name


def _shared(package: Package, template: str) -> str:
    """A file that a package has once."""
    plugins = package.plugins
    return _fill(
        f"package/{template}",
        distribution=package.distribution,
        package=package.name,
        version=__version__,
        group=GROUP,
        declarations="".join(_of_each(package, "declaration.py")).rstrip(),
        listing="\n".join(f"- {kind} `{name}`, in `{package.name}/{name}.py`" for kind, name in plugins),
        plugins="\n".join(f'        ("{kind}", "{name}"),' for kind, name in plugins),
        **{"try": "\n".join(commands(package))},
    )


def _of_each(package: Package, template: str) -> list[str]:
    return [_own(package, plugin, template) for plugin in package.plugins]


def _own(package: Package, plugin: Wanted, template: str) -> str:
    """A file that each plugin has, or a piece of one."""
    name, class_name = plugin.name, camel(plugin.name)
    imports = (
        f"from {package.name}.{name} import {name}",
        f"from {package.name}.params import {class_name}Params",
    )
    return _fill(
        f"{plugin.kind}/{template}",
        package=package.name,
        name=name,
        Name=class_name,
        imports="\n".join(sorted(imports)),
    )


def _fill(template: str, **values: str) -> str:
    return _template(template).substitute(values)


@cache
def _template(path: str) -> Template:
    return Template((files("rcmvae_core.scaffold") / "templates" / f"{path}.txt").read_text(encoding="utf-8"))
