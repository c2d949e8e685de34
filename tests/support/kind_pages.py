"""The derived parts of `docs/kinds`: each page is written by hand around blocks that are made from the code."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rcmvae_core.model.result_forms import FORMS
from rcmvae_core.plugin import protocols
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.docstrings import docstring
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.scaffold.names import NewPlugin
from rcmvae_core.scaffold.package import Package, render_package
from rcmvae_core.testing import function_checks
from rcmvae_core.testing.checks_by_kind import DECLARATION_CHECKS, FUNCTION_CASES, KIND_CHECKS
from tests.support.reference_writer import RECORDS, prose, table, tokens_table, where_named

HEADINGS = (
    "What it is for",
    "The function",
    "When it is called",
    "What is checked",
    "Capabilities",
    "Arrays and checkpoints",
    "A working example",
)
"""The questions that each page answers, in this order."""
_NEEDED = {
    "model": "Every use of a trained model needs its plugins.",
    "training": "Only training needs its plugins: a trained model is used without them.",
    "analysis": "Descriptions of a trained model use its plugins, and do without one that is missing.",
}
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_OPTAX = ("init", "update")
"""The functions of an optimizer, whose record is optax's."""


def blocks(kind: Kind) -> dict[str, str]:
    """The blocks of a kind's page, by name."""
    files = _template(kind.name)
    return {
        "summary": _summary(kind),
        "signature": _signature(files[f"{_package(kind.name)}/{_name(kind.name)}.py"]),
        "records": "\n".join(_python(_source(name)) for name in RECORDS[kind.name]),
        "checked": _checked(kind.name),
        "tokens": tokens_table(kind.tokens) if kind.tokens else "Plugins of this kind provide no tokens.\n",
        "declaration": _python(_declaration(files[f"{_package(kind.name)}/__init__.py"])),
        "template": _files(kind.name, files),
    }


def index_blocks(kinds: Iterable[Kind] = KINDS) -> dict[str, str]:
    """The blocks of `docs/kinds/README.md`, by name."""
    rows = ((f"[{kind.name}]({kind.name}.md)", prose(kind.summary), _returns(kind.name)) for kind in kinds)
    common = [*_bullets(DECLARATION_CHECKS), "", *_bullets(function_checks.CHECKS)]
    return {
        "kinds": table(("kind", "what it is", "its function returns"), rows),
        "axes": docstring("rcmvae_core.plugin.protocols").partition("\n\n")[2].partition("\n\n")[0] + "\n",
        "context": _python(_source("BuildContext")),
        "kit": "\n".join(common) + "\n",
    }


def fill(text: str, made: Mapping[str, str]) -> str:
    """A page with its blocks as they are made now; a block of another name is left as it is."""

    def replace(match: re.Match[str]) -> str:
        return f"{match[1]}\n{made[match[2]]}\n{match[3]}" if match[2] in made else match[0]

    return _BLOCK.sub(replace, text)


def names_of_blocks(text: str) -> list[str]:
    """The names of a page's blocks, in their order."""
    return [match[2] for match in _BLOCK.finditer(text)]


def without_blocks(text: str) -> str:
    """What is written by hand."""
    return _BLOCK.sub("", text)


def _name(kind: str) -> str:
    return f"my_{kind}"


_package = _name


def _template(kind: str) -> dict[str, str]:
    """The files of the package that `rcmvae new plugin KIND my_KIND` writes."""
    return render_package(Package(_package(kind), (NewPlugin(kind, _name(kind)),)))


def _summary(kind: Kind) -> str:
    lines = [f"{prose(kind.summary)} {where_named(kind)}", _NEEDED[kind.needed_by]]
    lines.append(f"The built-in ones are in [the reference](../reference/{kind.name}.md).")
    return "\n".join(lines) + "\n"


def _signature(source: str) -> str:
    """The head of the implementation, the last function of its module."""
    function = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return _python(f"def {function.name}({ast.unparse(function.args)}){returns}: ...")


def _returns(kind: str) -> str:
    """What the implementation returns, by its annotation in the template."""
    source = _template(kind)[f"{_package(kind)}/{_name(kind)}.py"]
    function = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]
    return f"`{ast.unparse(function.returns)}`" if function.returns else ""


def _source(name: str) -> str:
    """The source of a record, without the code of its methods."""
    source = inspect.getsource(getattr(protocols, name)).rstrip()
    (record,) = ast.parse(source).body
    lines = source.splitlines()
    for method in [node for node in ast.walk(record) if isinstance(node, ast.FunctionDef)][::-1]:
        if ast.get_docstring(method):
            del lines[method.body[0].end_lineno or 0 : method.end_lineno]
    return "\n".join(lines)


def _functions(kind: str) -> tuple[str, ...]:
    """The functions that the core calls: those of the record, or the plugin itself."""
    if kind == "optimizer":
        return _OPTAX
    forms = [name for form_of, name in FORMS if form_of == kind]
    records = [getattr(protocols, name) for name in RECORDS[kind][:2]]
    own = [name for record in records for name in _callables(record)]
    return tuple(dict.fromkeys([*forms, *own]))


def _callables(record: type) -> list[str]:
    """The fields of a record that are functions; none for one that is data."""
    annotations: Mapping[str, Any] = getattr(record, "__annotations__", {})
    return [name for name, kind in annotations.items() if "Callable" in str(kind)]


def _checked(kind: str) -> str:
    """Which results have a checked form, and what the conformance kit checks."""
    lines: list[str] = []
    forms = [name for form_of, name in FORMS if form_of == kind]
    if forms:
        free = [name for name in _functions(kind) if name not in forms]
        named = [f"`{name}`" if name else "the plugin's function" for name in forms]
        lines.append(f"The shape and type of the result is checked for {_listed(named)}.")
        if free:
            lines.append(f"For {_listed([f'`{name}`' for name in free])} only exceptions are reported.")
        lines.append("")
    checks = dict(KIND_CHECKS.get(kind, ()))
    if kind in FUNCTION_CASES:
        lines.append("`rcmvae plugins check` runs [the checks of functions](README.md#the-conformance-kit)")
        lines[-1] += ", and these:" if checks else "."
    else:
        lines.append("`rcmvae plugins check` also checks:")
    return "\n".join([*lines, *(["", *_bullets(checks.items())] if checks else [])]) + "\n"


def _bullets(checks: Iterable[tuple[str, Callable[..., Any]]]) -> list[str]:
    """A line for each check of the kit, from its docstring."""
    return [f"- `{name}`: {_purpose(check)}" for name, check in checks]


def _purpose(check: Callable[..., Any]) -> str:
    first = docstring(f"{check.__module__}:{check.__name__}").partition("\n")[0]
    return prose(first)


def _declaration(source: str) -> str:
    """The `Plugin` that the package yields."""
    (call,) = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Yield) and node.value is not None
    ]
    return inspect.cleandoc(ast.get_source_segment(source, call, padded=True) or "").removeprefix("yield ")


def _files(kind: str, files: Mapping[str, str]) -> str:
    package, name = _package(kind), _name(kind)
    shown = (f"{package}/params.py", f"{package}/{name}.py", f"tests/test_{name}.py")
    folder = Package(package, (NewPlugin(kind, name),)).distribution
    command = f"```sh\nrcmvae new plugin {kind} {name}\n```\n"
    intro = f"writes the package `{folder}`, whose `{package}/__init__.py` has the declaration above.\n"
    if "(context" in files[shown[-1]]:
        intro += "The fixture `context` of its tests is a small `BuildContext`.\n"
    return "\n".join([command, intro, *(f"`{path}`:\n\n{_python(files[path].rstrip())}" for path in shown)])


def _python(text: str) -> str:
    return f"```python\n{text}\n```\n"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
