"""Docstrings of what is named by string, read from its source: nothing is imported for them."""

from __future__ import annotations

import ast
import re
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from itertools import accumulate

_HEADING = re.compile(r"^(Args|Returns|Raises|Example|Source):[ ]?", re.MULTILINE)
_INDENT = re.compile(r"^    ", re.MULTILINE)


def docstring(path: str) -> str:
    """The docstring of what `package.module:attribute` names; empty where it has none or there is no source.

    Args:
        path: a function, a class, or a value with a text below it; `package.module` is the module itself.

    Example:
        >>> docstring("rcmvae_core.params:NoParams")
        'For a plugin without parameters.'
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
    r"""A docstring by its headings; what stands before the first one is under the empty name.

    Example:
        >>> sections("y = a x.\n\nArgs:\n    a: slope.\n\nSource: Euclid.")
        {'': 'y = a x.', 'Args': 'a: slope.', 'Source': 'Euclid.'}
    """
    first, *rest = _HEADING.split(text)
    return {"": first.strip()} | {
        heading: _INDENT.sub("", body).strip() for heading, body in zip(rest[::2], rest[1::2], strict=True)
    }


def _source(module: str) -> str:
    """The source of a module. Its packages are not imported either, though `find_spec` alone would do so."""
    first, *below = accumulate(module.split("."), "{}.{}".format)
    spec = find_spec(first)
    for name in below:
        spec = PathFinder.find_spec(name, _folders(spec))
    get_source = getattr(spec.loader, "get_source", None) if spec is not None else None
    return (get_source(spec.name) if spec is not None and get_source is not None else None) or ""


def _folders(spec: ModuleSpec | None) -> list[str]:
    return list(spec.submodule_search_locations or ()) if spec is not None else []


def _assigned(node: ast.stmt) -> list[str]:
    """The names that a statement gives values to."""
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _text(node: ast.stmt | None) -> str:
    """A text that stands alone, as below a value."""
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
