"""Reads docstrings of objects that are named by string from their source, without importing them."""

from __future__ import annotations

import ast
import re
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from itertools import accumulate
from typing import Any

_HEADING = re.compile(r"^(Args|Returns|Raises|Example|Source):[ ]?", re.MULTILINE)
_INDENT = re.compile(r"^    ", re.MULTILINE)


def docstring(path: str) -> str:
    """Return the docstring of the object that a string names; empty if it has none or there is no source.

    Args:
        path: `package.module:attribute` of a function, a class, or a value with a docstring below it, or
            `package.module`.

    Example:
        >>> docstring("rcmvae_core.plugin.parameters:NoParams")
        'The parameters of a plugin that has none.'
    """
    try:
        return _find(path)
    except (ImportError, SyntaxError, ValueError, RecursionError):
        return ""


def _find(path: str) -> str:
    module, _, attribute = path.partition(":")
    tree = ast.parse(_source(module))
    if not attribute:
        return ast.get_docstring(tree) or ""
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=False):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == attribute:
            return ast.get_docstring(node) or ""
        if attribute in _assigned(node):
            return _text(following)
        if isinstance(node, ast.ImportFrom) and not node.level and attribute in (a.name for a in node.names):
            return _find(f"{node.module}:{attribute}")
    return ""


def sections(text: str) -> dict[str, str]:
    r"""Split a docstring at its headings; the text before the first one has the empty name.

    Example:
        >>> sections("y = a x.\n\nArgs:\n    a: slope.\n\nSource: Euclid.")
        {'': 'y = a x.', 'Args': 'a: slope.', 'Source': 'Euclid.'}
    """
    first, *rest = _HEADING.split(text)
    return {"": first.strip()} | {
        heading: _INDENT.sub("", body).strip() for heading, body in zip(rest[::2], rest[1::2], strict=True)
    }


def _source(module: str) -> str:
    """Return the source of a module, without importing its packages, as `find_spec` of a dotted name would."""
    first, *below = accumulate(module.split("."), "{}.{}".format)
    spec = find_spec(first)
    for name in below:
        spec = PathFinder.find_spec(name, _folders(spec))
    if spec is None or not hasattr(spec.loader, "get_source"):
        return ""
    loader: Any = spec.loader
    return loader.get_source(spec.name) or ""


def _folders(spec: ModuleSpec | None) -> list[str]:
    return list(spec.submodule_search_locations or ()) if spec is not None else []


def _assigned(node: ast.stmt) -> list[str]:
    """Return the names that a statement assigns."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _text(node: ast.stmt | None) -> str:
    """Return the string of a statement that is nothing else, as below a value; else an empty string."""
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
