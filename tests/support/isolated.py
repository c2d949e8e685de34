"""Makes registries by hand, without installing anything, and resolves specs against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
from rcmvae_plugins import declarations

from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.plugin.declaration import Distribution, Kind, Plugin
from rcmvae_core.plugin.hookspecs import hookimpl
from rcmvae_core.plugin.parameters import Capabilities, param, schedule
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.resolve import resolve_file

BUILT_IN = (Distribution("rcmvae", "0.1.0"), declarations)
GUEST = Distribution("my-gates", "1.2")
QUICKSTART = Path(__file__).parents[1] / "support" / "quickstart.toml"


def plugin(kind: str = "conditioner", name: str = "gate", **more: Any) -> Plugin:
    """Return a declaration whose implementation does not exist."""
    return Plugin(kind, name, **{"summary": "A guest.", "impl": "nowhere.at_all:gate", **more})


def params(name: str) -> str:
    """Return the path of a class of parameters below."""
    return f"{__name__}:{name}"


def module(
    plugins: Iterable[object] = (), kinds: Iterable[object] = (), check: Callable[[Any], Any] | None = None
) -> SimpleNamespace:
    """Return an object with hooks, like the module of a distribution."""
    hooks: dict[str, Any] = {"rcmvae_plugins": lambda: plugins, "rcmvae_kinds": lambda: kinds}
    if check is not None:
        hooks["rcmvae_check"] = lambda resolved: check(resolved)  # noqa: PLW0108 - pluggy reads the name
    return SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})


@cache
def built_ins() -> Registry:
    """Return the registry of the built-in plugins."""
    return build([BUILT_IN])


def registry_of(*guests: Any, broken: Iterable[Any] = ()) -> Registry:
    """Return the registry of the built-in plugins and guests: declarations and kinds, or modules."""
    if not guests and not broken:
        return built_ins()
    modules = [guest for guest in guests if isinstance(guest, SimpleNamespace)]
    loose = [guest for guest in guests if not isinstance(guest, SimpleNamespace)]
    kinds = [guest for guest in loose if isinstance(guest, Kind)]
    if loose:
        modules.append(module([guest for guest in loose if not isinstance(guest, Kind)], kinds))
    return build([BUILT_IN, *((GUEST, guest) for guest in modules)], broken)


class Desk:
    """Resolves texts as files of one folder, which also contains `quickstart.toml`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("quickstart.toml", QUICKSTART.read_text(encoding="utf-8"))

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def resolve(self, content: str | bytes, *settings: str, registry: Registry | None = None) -> ResolvedSpec:
        path, registry = self.write("spec.toml", content), registry or registry_of()
        return resolve_file(path, settings, registry)

    def over(self, content: str, *settings: str, registry: Registry | None = None) -> ResolvedSpec:
        """Resolve a layer over the quickstart."""
        return self.resolve('extends = ["quickstart.toml"]\n' + content, *settings, registry=registry)

    def diagnostics(
        self, content: str | bytes, *settings: str, registry: Registry | None = None
    ) -> tuple[Diagnostic, ...]:
        """Return the diagnostics of a layer over the quickstart (of a whole file, if bytes), or its warnings."""
        act = self.resolve if isinstance(content, bytes) else self.over
        try:
            return act(content, *settings, registry=registry).warnings  # pyright: ignore[reportArgumentType]
        except SpecError as error:
            return error.diagnostics

    def codes(self, content: str | bytes, *settings: str, registry: Registry | None = None) -> list[str]:
        return [d.code for d in self.diagnostics(content, *settings, registry=registry)]


@attrs.frozen
class Gate:
    """Parameters of every type."""

    width: int = param(8, doc="Units.", ge=1, lt=2**32)
    rate: float = param(0.5, doc="Share.", ge=0, lt=1)
    on: bool = param(True, doc="Whether.")
    label: str = param("a", doc="Word.")
    shape: tuple[int, ...] = param((1,), doc="Sizes.", ge=1, min_length=1)
    pair: tuple[int, float] = param((1, 2.0), doc="Two.")
    top: int | None = param(None, doc="Most.", ge=1)
    size: int | str = param(1, doc="A size or its name.")
    power: int = param(1, doc="Exponent.", choices=(1, 2))
    strength: Any = schedule(1.0, doc="Strength.", ge=0, le=1)
    renamed: int = param(0, doc="New.", renamed_from=("old",))
    stale: int = param(0, doc="Stale.", deprecated="use `width`")


@attrs.frozen
class Moody:
    """Parameters that change tokens or raise."""

    mode: str = param("fine", doc="What to do.")

    def __attrs_post_init__(self) -> None:
        if self.mode == "refuse":
            raise ValueError("mode must not refuse")
        if self.mode == "raise":
            raise KeyError("mode")

    def capabilities(self) -> Capabilities:
        if self.mode == "crash":
            raise RuntimeError("no capabilities")
        tokens = {"need": ("classifier.tau",), "clash": ("latent.channels",), "odd": ("no.such.token",)}
        listed = tokens.get(self.mode, ())
        return Capabilities(conflicts=listed) if self.mode == "clash" else Capabilities(requires=listed)


@attrs.frozen
class Needy:
    """A parameter of an unknown kind."""

    inner: Any = param(doc="A part.", kind="no_such_kind")


@attrs.frozen
class Undeclared:
    """A field without `param`."""

    width: int = 3


@attrs.frozen
class Filter:
    """The parameters of a nested plugin."""

    cutoff: float = param(doc="Where.", gt=0)


@attrs.frozen
class Filtered:
    """Parameters that are plugins of a guest's kind."""

    through: Any = param({"low": {"cutoff": 1.0}}, doc="A filter.", kind="filter")
    maybe: Any = param(None, doc="Another.", kind="filter")
