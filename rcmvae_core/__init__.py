"""The core of RCM-VAE: kinds of parts, specs, and the road from one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rcmvae_core.version import __version__

if TYPE_CHECKING:
    from rcmvae_core.data import stratified_split
    from rcmvae_core.declarations import Kind, Plugin
    from rcmvae_core.diagnostics import Diagnostics, ReportData
    from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
    from rcmvae_core.hookspecs import hookimpl
    from rcmvae_core.nets import Dense, from_linen, from_nnx
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
        Params,
        Prior,
        Progress,
        Routing,
        RoutingContext,
        Schedule,
        Selection,
        Source,
        TrackedRun,
        Tracker,
    )
    from rcmvae_core.resolve import Part, ResolvedSpec
    from rcmvae_core.tables import LatentTable, TrainTable

# Named by string so that a plugin's declaration, imported at every start, does not import JAX.
HOMES = {
    "data": ("stratified_split",),
    "declarations": ("Kind", "Plugin"),
    "diagnostics": ("Diagnostics", "ReportData"),
    "errors": ("Diagnostic", "RcmvaeError", "RunError"),
    "hookspecs": ("hookimpl",),
    "nets": ("Dense", "from_linen", "from_nnx"),
    "params": ("Capabilities", "Duration", "NoParams", "ScheduleFn", "param", "schedule"),
    "protocols": (
        "Augmentation", "Classifier", "Context", "Curriculum", "Dataset", "Factors", "Forward", "Head",
        "Inference", "Influence", "Labelled", "LossInputs", "LossTerm", "Net", "Params", "Prior",
        "Progress", "Routing", "RoutingContext", "Schedule", "Selection", "Source", "TrackedRun", "Tracker",
    ),
    "resolve": ("Part", "ResolvedSpec"),
    "tables": ("LatentTable", "TrainTable"),
    "version": ("__version__",),
}  # fmt: skip
"""The module that each public name lives in."""

__all__ = [
    "Augmentation",
    "Capabilities",
    "Classifier",
    "Context",
    "Curriculum",
    "Dataset",
    "Dense",
    "Diagnostic",
    "Diagnostics",
    "Duration",
    "Factors",
    "Forward",
    "Head",
    "Inference",
    "Influence",
    "Kind",
    "Labelled",
    "LatentTable",
    "LossInputs",
    "LossTerm",
    "Net",
    "NoParams",
    "Params",
    "Part",
    "Plugin",
    "Prior",
    "Progress",
    "RcmvaeError",
    "ReportData",
    "ResolvedSpec",
    "Routing",
    "RoutingContext",
    "RunError",
    "Schedule",
    "ScheduleFn",
    "Selection",
    "Source",
    "TrackedRun",
    "Tracker",
    "TrainTable",
    "__version__",
    "from_linen",
    "from_nnx",
    "hookimpl",
    "param",
    "schedule",
    "stratified_split",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    for module, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"rcmvae_core.{module}"), name)
    raise AttributeError(f"module `rcmvae_core` has no attribute `{name}`")
