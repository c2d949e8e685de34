"""Write a resolved draft as commented TOML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from rcmvae_core.plugin.parameters import Field
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.scaffold.draft import Draft
from rcmvae_core.spec.provenance import Setting, settings
from rcmvae_core.spec.resolve import resolve_text
from rcmvae_core.spec.write import Inline, Path, document, dumps, inline, plain
from rcmvae_core.version import __version__

_HEAD = "#:schema ./.rcmvae/schema.json\n"
_TITLES: Mapping[Path, str] = {
    ("latent",): "Sizes of the latent space.",
    ("train",): "Length of training, and batches.",
}
Settings = Mapping[Path, Setting]


def render_spec(draft: Draft, resolved: ResolvedSpec, registry: Registry, *, minimal: bool = False) -> str:
    """Return the spec of a draft as TOML, with a comment on each table and parameter.

    Args:
        draft: a complete draft.
        resolved: its resolved spec.
        registry: the installed plugins.
        minimal: omit values that are defaults.

    Raises:
        SpecError: if the text does not validate, which happens only if a plugin's defaults break its own rules.
    """
    values = settings(resolved, draft.to_tree(registry.kinds), registry.kinds)
    root = document(resolved, registry.kinds)
    for kind in registry.kinds.values():
        if kind.default == "every" and not draft.parts.get(kind.name):
            _remove(root, kind.path)  # without its table, a spec gets every plugin of the kind
    if minimal:
        root = _without_defaults(root, (), values)
    release = ".".join(__version__.split(".")[:2])
    root = {**root, "rcmvae": f">={release}", "name": resolved.name}
    comments = _Comments(values, registry, minimal=minimal)
    text = _HEAD + dumps(root, comments.behind, above=comments.above, below=comments.below)
    resolve_text(text, "new spec", registry)
    return text


def example_keys(draft: Draft, resolved: ResolvedSpec, registry: Registry) -> list[str]:
    """Return the keys whose values are placeholders that the user must replace, such as the path of a file.

    Args:
        draft: a complete draft.
        resolved: its resolved spec.
        registry: the installed plugins.
    """
    values = settings(resolved, draft.to_tree(registry.kinds), registry.kinds)
    return [setting.key for setting in values.values() if _is_example(setting, values)]


def _is_example(setting: Setting, values: Settings) -> bool:
    """Return whether a setting is a plugin's parameter without a default."""
    owner = values.get(setting.path[:-1])
    required = setting.field is not None and setting.field.required
    return required and owner is not None and owner.part is not None


def _remove(root: dict[str, Any], path: Path) -> None:
    """Remove the table at a path, if it is there."""
    table = root
    for step in path[:-1]:
        table = table.get(step, {})
    table.pop(path[-1], None)


def _without_defaults(table: dict[str, Any], path: Path, values: Settings) -> dict[str, Any]:
    """Return a table without values that are defaults.

    Args:
        table: nested tables.
        path: where the table is in the spec.
        values: the settings of the spec.
    """
    kept: dict[str, Any] = {}
    for name, value in table.items():
        inner = (*path, name)
        if isinstance(value, dict) and not isinstance(value, Inline):
            kept[name] = _without_defaults(value, inner, values)
        elif inner not in values or not _is_default(values[inner]):
            kept[name] = value
    return kept


def _is_default(setting: Setting) -> bool:
    if setting.field is None:
        return setting.place is None
    return not setting.field.required and setting.value == plain(setting.field.default, {})


class _Comments:
    """The comments of a spec, by path."""

    def __init__(self, values: Settings, registry: Registry, *, minimal: bool) -> None:
        self.settings = values
        tabled = [kind for kind in registry.kinds.values() if kind.table]
        self.titles = {**_TITLES, **{kind.path: kind.summary for kind in tabled}}
        self.labelled = {kind.path: kind.summary for kind in tabled if kind.slot == "labelled"}
        self.absent: defaultdict[Path, list[Setting]] = defaultdict(list)
        for path, setting in values.items():
            if setting.value is None and setting.field is not None and not setting.inner and not minimal:
                self.absent[path[:-1]].append(setting)

    def behind(self, path: Path) -> str:
        """Return the comment behind a value."""
        setting = self.settings.get(path)
        is_example = setting is not None and _is_example(setting, self.settings)
        return "an example: replace it" if is_example else ""

    def above(self, path: Path) -> Iterator[str]:
        """Yield the comments above a table or a value."""
        setting = self.settings.get(path)
        if setting is None:
            yield from filter(None, [self.titles.get(path) or self.labelled.get(path[:-1])])
        elif setting.part is not None:
            yield _line(setting.part.registered.plugin.summary)
        elif setting.field is not None:
            yield _about(setting.field)

    def below(self, path: Path) -> Iterator[str]:
        """Yield the comments below a table: the parameters that are absent by default."""
        for setting in self.absent.get(path, ()):
            assert setting.field is not None  # noqa: S101 - only parameters are absent
            yield _about(setting.field)
            yield f"{setting.path[-1]} = (absent: {_line(setting.field.type_name)})"


def _about(field: Field) -> str:
    """Describe a parameter on one line: its documentation, bounds and default."""
    words = [field.rule.doc]
    if bounds := field.rule.interval():
        words.append(f"In {bounds}.")
    if not field.required:
        default = plain(field.default, {})
        words.append(f"Default: {'absent' if default is None else inline(default)}.")
    return _line(" ".join(words))


def _line(words: str) -> str:
    """Return a string on one line, since a comment ends with the line."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
