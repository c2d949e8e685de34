"""Check what a plugin declares: imports, documentation, parameters, bounds, tokens and schema."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from rcmvae_core.errors import quoted
from rcmvae_core.plugin.declaration import claim, load_object
from rcmvae_core.plugin.entry_points import canonical, entry_points
from rcmvae_core.plugin.hookspecs import GROUP
from rcmvae_core.plugin.pages import read_pages
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.json_schema import schema
from rcmvae_core.spec.write import table
from rcmvae_core.testing import import_watch
from rcmvae_core.testing.parameter_values import edge_values, out_of_bounds_values
from rcmvae_core.testing.plugin_case import PluginCase, read_part, resolve_part
from rcmvae_core.testing.report import CheckFailed, CheckSkipped

_HEAVY = ("jax", "jaxlib", "numpy", "flax", "optax", "orbax", "matplotlib", "sklearn", "scipy", "jaxtyping")
_WITHOUT_CONTEXT = frozenset({"data", "tracker", "metric", "figure"})
"""Kinds whose functions get no `BuildContext`, which the plugins among their parameters would need."""


def check_imports(case: PluginCase) -> None:
    """Check that its modules of declaration and parameters import nothing heavy: every command imports them."""
    statements = _heavy_imports(_light_modules(case))
    heavy = [name for name in _HEAVY if name in statements]
    if heavy:
        modules, by = ", ".join(_light_modules(case)), statements[heavy[0]]
        reason = f"importing {modules} imports {', '.join(heavy)}" + (f", by {by}" if by else "")
        raise CheckFailed(f"{reason}: move these imports to the module of the implementation")


def _light_modules(case: PluginCase) -> tuple[str, ...]:
    """Return the modules that every command imports."""
    owner = canonical(case.part.registered.distribution.name)
    points = entry_points(GROUP)
    declared = [p.value.partition(":")[0] for p in points if canonical(p.name) == owner]
    return (*sorted(set(declared)), case.part.registered.plugin.params.partition(":")[0])


@cache
def _heavy_imports(modules: tuple[str, ...]) -> Mapping[str, str]:
    """Return the heavy packages that importing modules in a new process imports, with the statement that does."""
    # The arguments are modules of installed packages, and the interpreter is the current one. The script is not run as a
    # module of this package, whose own imports would count.
    command = [sys.executable, import_watch.__file__, ",".join(_HEAVY), *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CheckFailed(f"importing {', '.join(modules)} in a fresh process fails: {last}")
    return json.loads(done.stdout.splitlines()[-1])


def check_documentation(case: PluginCase) -> None:
    """Check that the plugin, its implementation, every parameter and the codes of its package are documented."""
    plugin = case.part.registered.plugin
    if not plugin.summary.strip() or "\n" in plugin.summary:
        raise CheckFailed(f"`summary` must be one line, got {plugin.summary!r}")
    undocumented = [
        name for name, field in fields(type(case.part.params)).items() if not field.rule.doc.strip()
    ]
    if undocumented:
        raise CheckFailed(f"parameters without `doc`: {quoted(undocumented)}")
    implementation = load_object(plugin.impl)
    if not (inspect.getdoc(implementation) or "").strip():
        raise CheckFailed(f"`{plugin.impl}` has no docstring")
    for owner, hook in case.registry.pages:
        if owner == case.part.registered.distribution:
            read_pages(owner, hook)


def check_parameters(case: PluginCase) -> None:
    """Check that parameters are a frozen attrs class, and that a spec written from them reads back the same."""
    cls = type(case.part.params)
    if cls.__setattr__ is object.__setattr__:
        raise CheckFailed(f"`{cls.__name__}` is not frozen: declare it with `@attrs.frozen`")
    nested = [name for name, field in fields(cls).items() if field.rule.kind]
    if case.part.kind in _WITHOUT_CONTEXT and nested:
        kinds = f"plugins of kind `{case.part.kind}`"
        raise CheckFailed(
            f"`{nested[0]}` is a plugin, and the parameters of {kinds} are not built: take a value"
        )
    written = table(case.part.params, case.registry.kinds)
    reread = resolve_part(case.registry, case.part.kind, case.part.name, written)
    if reread.params != case.part.params:
        raise CheckFailed(f"written to a spec as {written}, they read back as {reread.params}")


def check_bounds(case: PluginCase) -> None:
    """Check that a value at a bound is valid, unless another parameter excludes it, and a value beyond it is not."""
    kind, plugin = case.part.kind, case.part.name
    current = table(case.part.params, case.registry.kinds)
    parameters = fields(type(case.part.params))
    checked = 0
    for name, field in parameters.items():
        for value in edge_values(field):
            checked += 1
            part, diagnostics = read_part(case.registry, kind, plugin, current | {name: value})
            reasons = " ".join(d.message for d in diagnostics)
            # A message that names another parameter is about both, so the bound alone may be right.
            if part is None and not any(other in reasons for other in parameters if other != name):
                raise CheckFailed(f"`{name} = {value!r}` is within its bounds, but rejected: {reasons}")
        for value in out_of_bounds_values(field):
            checked += 1
            part, _ = read_part(case.registry, kind, plugin, current | {name: value})
            if part is not None:
                interval = field.rule.interval()
                raise CheckFailed(f"`{name} = {value!r}` is out of its bounds {interval}, but accepted")
    if not checked:
        raise CheckSkipped("no parameter has bounds")


def check_tokens(case: PluginCase) -> None:
    """Check that it provides tokens of its kind only, and does not require and exclude the same token."""
    capabilities = case.part.capabilities()
    kind = case.registry.kinds[case.part.kind]
    unknown = [
        text for text in capabilities.provides if claim(text)[0] not in kind.tokens and not case.part.nested()
    ]
    if unknown:
        raise CheckFailed(f"it provides {quoted(unknown)}, which kind `{kind.name}` does not declare")
    both = sorted(set(capabilities.requires) & set(capabilities.conflicts))
    if both:
        raise CheckFailed(f"it requires and excludes {quoted(both)}")


def check_schema(case: PluginCase) -> None:
    """Check that the JSON schema contains every parameter with its documentation."""
    docs = {name: field.rule.doc for name, field in fields(type(case.part.params)).items()}
    tables = list(_tables(_schema(_ByIdentity(case.registry)), case.part.name))
    if not tables:
        raise CheckFailed("the schema does not contain it")
    if not any(_describes(properties, docs) for properties in tables):
        raise CheckFailed(f"the schema does not document {quoted(docs)}")


class _ByIdentity:
    """A registry compared by identity, as a key of a cache: its mappings cannot be hashed."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.registry is self.registry

    def __hash__(self) -> int:
        return id(self.registry)


@lru_cache(maxsize=1)
def _schema(key: _ByIdentity) -> dict[str, Any]:
    """Return the JSON schema of a registry; the last one is kept, since making it takes long."""
    document = schema(key.registry)
    json.dumps(document)  # raises if it is not JSON
    return document


def _describes(properties: Mapping[str, Any], docs: Mapping[str, str]) -> bool:
    def has(name: str, doc: str) -> bool:
        as_json = json.dumps(doc, ensure_ascii=False)[
            1:-1
        ]  # without its quotes, as it is within the description
        return as_json in json.dumps(properties.get(name, ""), ensure_ascii=False)

    return all(has(name, doc) for name, doc in docs.items())


def _tables(node: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the properties of every table of this name, at any depth."""
    if isinstance(node, list):
        for item in node:
            yield from _tables(item, name)
    elif isinstance(node, dict):
        named = node.get("properties", {}).get(name)
        if isinstance(named, dict):
            yield named.get("properties", {})
        yield from _tables(list(node.values()), name)
