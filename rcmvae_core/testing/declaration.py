"""What every plugin promises before it is built: a light declaration, documented parameters, true bounds."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from rcmvae_core.declarations import claim, load_object
from rcmvae_core.hookspecs import GROUP
from rcmvae_core.installed import canonical, entry_points
from rcmvae_core.json_schema import schema
from rcmvae_core.params import fields
from rcmvae_core.registry import Registry
from rcmvae_core.resolved_toml import table
from rcmvae_core.testing.report import Fault, Skip
from rcmvae_core.testing.subject import Subject, part_of, read
from rcmvae_core.testing.values import beyond, edges

HEAVY = ("jax", "jaxlib", "numpy", "flax", "optax", "orbax", "matplotlib", "sklearn", "scipy", "jaxtyping")
_IMPORT = "import sys, importlib; [importlib.import_module(m) for m in sys.argv[1:]]; print(*sys.modules)"


def import_fence(subject: Subject) -> None:
    """The modules of its declaration and parameters import nothing heavy: they are read at every start."""
    found = _loaded(_light_modules(subject))
    heavy = [name for name in HEAVY if name in found]
    if heavy:
        modules = ", ".join(_light_modules(subject))
        raise Fault(
            f"importing {modules} imports {', '.join(heavy)}: move that to the module of the implementation"
        )


def _light_modules(subject: Subject) -> tuple[str, ...]:
    owner = canonical(subject.part.registered.distribution.name)
    points = entry_points(GROUP)
    declared = [p.value.partition(":")[0] for p in points if canonical(p.name) == owner]
    return (*sorted(set(declared)), subject.part.registered.plugin.params.partition(":")[0])


@cache
def _loaded(modules: tuple[str, ...]) -> frozenset[str]:
    # Modules of what is installed, in the interpreter that runs.
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _IMPORT, *modules], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Fault(f"importing {', '.join(modules)} in a fresh process fails: {last}")
    return frozenset(done.stdout.split())


def documented(subject: Subject) -> None:
    """The plugin, its implementation and every parameter say what they are."""
    plugin = subject.part.registered.plugin
    if not plugin.summary.strip() or "\n" in plugin.summary:
        raise Fault(f"`summary` must be one line, got {plugin.summary!r}")
    lacking = [
        name for name, field in fields(type(subject.part.params)).items() if not field.rule.doc.strip()
    ]
    if lacking:
        raise Fault(f"no `doc` says what {_names(lacking)} is")
    implementation = load_object(plugin.impl)
    if not (inspect.getdoc(implementation) or "").strip():
        raise Fault(f"`{plugin.impl}` has no docstring")


def parameters(subject: Subject) -> None:
    """They are a frozen record of documented fields, and what `fill` writes of them reads back the same."""
    cls = type(subject.part.params)
    if cls.__setattr__ is object.__setattr__:
        raise Fault(f"`{cls.__name__}` is not frozen: declare it with `@attrs.frozen`")
    written = table(subject.part.params, subject.registry.kinds)
    again = part_of(subject.registry, subject.part.kind, subject.part.name, written)
    if again.params != subject.part.params:
        raise Fault(f"written as {written} and read again they are {again.params}")


def bounds(subject: Subject) -> None:
    """A spec may give every value at a bound, unless another parameter forbids it, and none beyond."""
    given = table(subject.part.params, subject.registry.kinds)
    known = fields(type(subject.part.params))
    looked = 0
    for name, field in known.items():
        for value in edges(field):
            looked += 1
            part, found = read(subject.registry, subject.part.kind, subject.part.name, given | {name: value})
            told = " ".join(d.message for d in found)
            if part is None and not any(other in told for other in known if other != name):
                raise Fault(f"`{name} = {value!r}` is within its bounds, and refused: {told}")
        for value in beyond(field):
            looked += 1
            part, _ = read(subject.registry, subject.part.kind, subject.part.name, given | {name: value})
            if part is not None:
                raise Fault(
                    f"`{name} = {value!r}` is beyond its bounds {field.rule.interval()}, and accepted"
                )
    if not looked:
        raise Skip("no parameter has bounds")


def tokens(subject: Subject) -> None:
    """What it provides, requires and forbids is known, and does not contradict itself."""
    found = subject.part.capabilities()
    kind = subject.registry.kinds[subject.part.kind]
    unknown = [
        text for text in found.provides if claim(text)[0] not in kind.tokens and not subject.part.nested()
    ]
    if unknown:
        raise Fault(f"it provides {_names(unknown)}, which kind `{kind.name}` does not declare")
    both = sorted(set(found.requires) & set(found.conflicts))
    if both:
        raise Fault(f"it requires and forbids {_names(both)}")


def in_schema(subject: Subject) -> None:
    """An editor learns every parameter with its words."""
    docs = {name: field.rule.doc for name, field in fields(type(subject.part.params)).items()}
    whole = _schema(_Same(subject.registry))
    tables = list(_tables(whole, subject.part.name))
    if not tables:
        raise Fault("the schema does not offer it")
    if not any(_describes(properties, docs) for properties in tables):
        raise Fault(f"the schema does not describe {_names(list(docs))}")


class _Same:
    """A registry that equals itself alone: its mappings cannot be hashed."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.registry is self.registry

    def __hash__(self) -> int:
        return id(self.registry)


@lru_cache(maxsize=1)
def _schema(of: _Same) -> dict[str, Any]:
    whole = schema(of.registry)
    json.dumps(whole)
    return whole


def _describes(properties: Mapping[str, Any], docs: Mapping[str, str]) -> bool:
    return all(doc in json.dumps(properties.get(name, ""), ensure_ascii=False) for name, doc in docs.items())


def _tables(node: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """The keys of every table of this name, wherever it stands."""
    if isinstance(node, list):
        for item in node:
            yield from _tables(item, name)
    elif isinstance(node, dict):
        here = node.get("properties", {}).get(name)
        if isinstance(here, dict):
            yield here.get("properties", {})
        yield from _tables(list(node.values()), name)


def _names(found: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in found)
