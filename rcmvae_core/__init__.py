"""The core of RCM-VAE: kinds of parts, specs, and the road from one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rcmvae_core.version import __version__

if TYPE_CHECKING:
    from rcmvae_core.declarations import Kind, Plugin
    from rcmvae_core.errors import Diagnostic
    from rcmvae_core.hookspecs import hookimpl
    from rcmvae_core.nets import from_linen, from_nnx
    from rcmvae_core.params import Capabilities, Duration, NoParams, ScheduleFn, param, schedule
    from rcmvae_core.protocols import (
        Augmentation,
        Classifier,
        Context,
        Curriculum,
        Dataset,
        Factors,
        Forward,
        Head,
        Inference,
        Influence,
        Labelled,
        LossInputs,
        LossTerm,
        Net,
        Prior,
        Progress,
        Routing,
        RoutingContext,
        Schedule,
        Selection,
    )

# Named by string so that a plugin's declaration, imported at every start, does not import JAX.
_HOMES = {
    "declarations": ("Kind", "Plugin"),
    "errors": ("Diagnostic",),
    "hookspecs": ("hookimpl",),
    "nets": ("from_linen", "from_nnx"),
    "params": ("Capabilities", "Duration", "NoParams", "ScheduleFn", "param", "schedule"),
    "protocols": (
        "Augmentation", "Classifier", "Context", "Curriculum", "Dataset", "Factors", "Forward", "Head",
        "Inference", "Influence", "Labelled", "LossInputs", "LossTerm", "Net", "Prior", "Progress",
        "Routing", "RoutingContext", "Schedule", "Selection",
    ),
}  # fmt: skip

__all__ = [
    "Augmentation",
    "Capabilities",
    "Classifier",
    "Context",
    "Curriculum",
    "Dataset",
    "Diagnostic",
    "Duration",
    "Factors",
    "Forward",
    "Head",
    "Inference",
    "Influence",
    "Kind",
    "Labelled",
    "LossInputs",
    "LossTerm",
    "Net",
    "NoParams",
    "Plugin",
    "Prior",
    "Progress",
    "Routing",
    "RoutingContext",
    "Schedule",
    "ScheduleFn",
    "Selection",
    "__version__",
    "from_linen",
    "from_nnx",
    "hookimpl",
    "param",
    "schedule",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"rcmvae_core.{module}"), name)
    raise AttributeError(f"module `rcmvae_core` has no attribute `{name}`")
