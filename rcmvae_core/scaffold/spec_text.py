"""A resolved draft as commented TOML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from rcmvae_core.params import Field
from rcmvae_core.provenance import Setting, settings
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import ResolvedSpec, resolve
from rcmvae_core.resolved_toml import Inline, Path, document, dumps, inline, plain
from rcmvae_core.scaffold.draft import Draft
from rcmvae_core.spec import parse
from rcmvae_core.version import __version__

_HEAD = "#:schema ./.rcmvae/schema.json\n"
_TITLES: Mapping[Path, str] = {
    ("latent",): "Sizes of the latent space.",
    ("train",): "How long is trained, and in which batches.",
}
Known = Mapping[Path, Setting]


def spec_text(draft: Draft, resolved: ResolvedSpec, registry: Registry, *, minimal: bool = False) -> str:
    """The spec of a draft, with a comment on each table and parameter.

    Args:
        draft: with nothing open.
        resolved: what it resolves to.
        registry: what is installed.
        minimal: leave out what has a default.

    Raises:
        SpecError: if the text does not validate; only a plugin whose defaults break its own rules comes to that.
    """
    known = settings(resolved, draft.root(registry.kinds), registry.kinds)
    whole = document(resolved, registry.kinds)
    for kind in registry.kinds.values():
        if kind.default == "every" and not draft.parts.get(kind.name):
            _drop(whole, kind.path)  # without its table, a spec gets every part
    if minimal:
        whole = _given(whole, (), known)
    release = ".".join(__version__.split(".")[:2])
    whole = {**whole, "rcmvae": f">={release}", "name": resolved.name}
    comments = _Comments(known, registry, minimal=minimal)
    text = _HEAD + dumps(whole, comments.behind, above=comments.above, below=comments.below)
    resolve(parse(text.encode(), "new spec"), registry)
    return text


def examples(draft: Draft, resolved: ResolvedSpec, registry: Registry) -> list[str]:
    """The values that stand for what only the spec's author knows, such as the path of a file."""
    known = settings(resolved, draft.root(registry.kinds), registry.kinds)
    return [setting.key for setting in known.values() if _is_example(setting, known)]


def _is_example(setting: Setting, known: Known) -> bool:
    """Whether it is a part's parameter without a default."""
    owner = known.get(setting.path[:-1])
    required = setting.field is not None and setting.field.required
    return required and owner is not None and owner.part is not None


def _drop(whole: dict[str, Any], path: Path) -> None:
    for step in path[:-1]:
        whole = whole.get(step, {})
    whole.pop(path[-1], None)


def _given(table: dict[str, Any], path: Path, known: Known) -> dict[str, Any]:
    """The table without values that are defaults."""
    kept: dict[str, Any] = {}
    for name, value in table.items():
        here = (*path, name)
        if isinstance(value, dict) and not isinstance(value, Inline):
            kept[name] = _given(value, here, known)
        elif here not in known or not _is_default(known[here]):
            kept[name] = value
    return kept


def _is_default(setting: Setting) -> bool:
    if setting.field is None:
        return setting.place is None
    return not setting.field.required and setting.value == plain(setting.field.default, {})


class _Comments:
    """What is said beside the values."""

    def __init__(self, known: Known, registry: Registry, *, minimal: bool) -> None:
        self.known = known
        tabled = [kind for kind in registry.kinds.values() if kind.table]
        self.titles = {**_TITLES, **{kind.path: kind.summary for kind in tabled}}
        self.labelled = {kind.path: kind.summary for kind in tabled if kind.slot == "labelled"}
        self.absent: defaultdict[Path, list[Setting]] = defaultdict(list)
        for path, setting in known.items():
            if setting.value is None and setting.field is not None and not setting.inner and not minimal:
                self.absent[path[:-1]].append(setting)

    def behind(self, path: Path) -> str:
        setting = self.known.get(path)
        return (
            "an example: put your own here"
            if setting is not None and _is_example(setting, self.known)
            else ""
        )

    def above(self, path: Path) -> Iterator[str]:
        setting = self.known.get(path)
        if setting is None:
            yield from filter(None, [self.titles.get(path) or self.labelled.get(path[:-1])])
        elif setting.part is not None:
            yield _line(setting.part.registered.plugin.summary)
        elif setting.field is not None:
            yield _about(setting.field)

    def below(self, path: Path) -> Iterator[str]:
        for setting in self.absent.get(path, ()):
            assert setting.field is not None  # noqa: S101 - only parameters are absent
            yield _about(setting.field)
            yield f"{setting.path[-1]} = (absent: {_line(setting.field.type_name)})"


def _about(field: Field) -> str:
    """A parameter in a line: what it is, its bounds, its default."""
    words = [field.rule.doc]
    if bounds := field.rule.interval():
        words.append(f"In {bounds}.")
    if not field.required:
        default = plain(field.default, {})
        words.append(f"Default: {'absent' if default is None else inline(default)}.")
    return _line(" ".join(words))


def _line(words: str) -> str:
    """On one line, for a comment ends with it."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
