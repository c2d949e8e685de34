"""A small registry, so that the golden files do not change with the built-in plugins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs

from rcmvae_core.plugin.declaration import Distribution, Plugin
from rcmvae_core.plugin.hookspecs import hookimpl
from rcmvae_core.plugin.parameters import param
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.registry_builder import build


@attrs.frozen
class DenseParams:
    """`[encoder.dense]`."""

    hidden: tuple[int, ...] = param((16,), doc="Units of each layer.", ge=1)
    dropout: float = param(0.0, doc="Share of units.", ge=0, lt=1, renamed_from=("drop",))
    bias: bool = param(True, doc="Whether there is one.", deprecated="leave it out")


@attrs.frozen
class GaussianParams:
    """`[head.gaussian]`."""

    mode: str = param("fixed", doc="How sigma is found.", choices=("fixed", "learned"))
    sigma: float = param(0.1, doc="Sigma.", gt=0)
    sigma_min: float = param(0.01, doc="Lowest sigma.", gt=0)

    def __attrs_post_init__(self) -> None:
        if self.sigma < self.sigma_min:
            raise ValueError(f"sigma, {self.sigma}, must not be below sigma_min, {self.sigma_min}")


SCHEDULES = "rcmvae_plugins.schedules.params:"


def _part(kind: str, name: str, **more: Any) -> Plugin:
    return Plugin(kind, name, summary="A part.", impl="nowhere:part", **more)


_OWN = (
    _part("data", "table", provides=("data.features", "data.labels")),
    _part("encoder", "dense", params=f"{__name__}:DenseParams"),
    _part("prior", "mixture", provides=("latent.channels",)),
    _part("prior", "standard", conflicts=("channels.many",)),
    _part("routing", "soft"),
    _part("conditioner", "film", requires=("latent.channels",)),
    _part("conditioner", "none"),
    _part("backbone", "dense"),
    _part("head", "gaussian", params=f"{__name__}:GaussianParams"),
    _part("loss", "kl_latent"),
    _part("loss", "supervised", requires=("classifier.tau", "labels.some")),
    _part("schedule", "constant", params=SCHEDULES + "ConstantParams"),
    _part("schedule", "linear", params=SCHEDULES + "LinearParams"),
    _part("classifier", "tau", provides=("classifier.tau",)),
    _part("optimizer", "adam"),
)
_GUESTS = (
    _part("conditioner", "gate", renamed_from=("gating",)),
    _part("conditioner", "old_gate", deprecated="use `gate`"),
    _part("conditioner", "broken", params="nowhere.params:Gone"),
    _part("conditioner", "undeclared", provides=("no.such.token",)),
)


def _module(*plugins: Plugin, **hooks: Any) -> SimpleNamespace:
    return SimpleNamespace(rcmvae_plugins=hookimpl(lambda: plugins), **hooks)


def _failing() -> SimpleNamespace:
    def fail(resolved: Any) -> Any:
        raise RuntimeError(f"cannot check {resolved.name}")

    return _module(_part("conditioner", "checked"), rcmvae_check=hookimpl(fail))


def registry(case: str) -> Registry:
    """Return the registry of the plugins above; some cases have another distribution."""
    more = {"E215": _module(_part("conditioner", "film")), "E211_check": _failing()}
    modules = [
        (Distribution("golden", "1.0"), _module(*_OWN)),
        (Distribution("my-gates", "2.0"), _module(*_GUESTS)),
    ]
    if case in more:
        modules.append((Distribution("other-gates", "3.0"), more[case]))
    return build(modules)
