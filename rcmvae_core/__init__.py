"""The core of RCM-VAE: kinds of parts, specs, and the road from one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rcmvae_core.version import __version__

if TYPE_CHECKING:
    from rcmvae_core.data import stratified_split
    from rcmvae_core.declarations import Kind, Plugin
    from rcmvae_core.diagnostics import Diagnostics, ReportData
    from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
    from rcmvae_core.estimator import RCMVAEClassifier
    from rcmvae_core.fitting import fit
    from rcmvae_core.hookspecs import hookimpl
    from rcmvae_core.inference.load import load
    from rcmvae_core.inference.predictions import Predictions
    from rcmvae_core.inference.trained import Embedding, TrainedModel
    from rcmvae_core.metrics import (
        calibration_error,
        reliability,
        risk_coverage,
    )
    from rcmvae_core.nets import Dense, from_linen, from_nnx
    from rcmvae_core.params import Capabilities, Duration, NoParams, ScheduleFn, param, schedule
    from rcmvae_core.protocols import (
        Acquisition,
        Augmentation,
        Candidates,
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
        Outcome,
        Params,
        Prior,
        Progress,
        Routing,
        RoutingContext,
        Schedule,
        Score,
        ScoreInputs,
        Selection,
        Source,
        Suggestion,
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
    "estimator": ("RCMVAEClassifier",),
    "fitting": ("fit",),
    "hookspecs": ("hookimpl",),
    "inference.load": ("load",),
    "inference.predictions": ("Predictions",),
    "inference.trained": ("Embedding", "TrainedModel"),
    "metrics": ("calibration_error", "reliability", "risk_coverage"),
    "nets": ("Dense", "from_linen", "from_nnx"),
    "params": ("Capabilities", "Duration", "NoParams", "ScheduleFn", "param", "schedule"),
    "protocols": (
        "Acquisition", "Augmentation", "Candidates", "Classifier", "Context", "Curriculum", "Dataset",
        "Factors", "Forward", "Head", "Inference", "Influence", "Labelled", "LossInputs", "LossTerm", "Net",
        "Outcome", "Params", "Prior", "Progress", "Routing", "RoutingContext", "Schedule", "Score",
        "ScoreInputs", "Selection", "Source", "Suggestion", "TrackedRun", "Tracker",
    ),
    "resolve": ("Part", "ResolvedSpec"),
    "tables": ("LatentTable", "TrainTable"),
    "version": ("__version__",),
}  # fmt: skip
"""The module that each public name lives in."""

__all__ = [
    "Acquisition",
    "Augmentation",
    "Candidates",
    "Capabilities",
    "Classifier",
    "Context",
    "Curriculum",
    "Dataset",
    "Dense",
    "Diagnostic",
    "Diagnostics",
    "Duration",
    "Embedding",
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
    "Outcome",
    "Params",
    "Part",
    "Plugin",
    "Predictions",
    "Prior",
    "Progress",
    "RCMVAEClassifier",
    "RcmvaeError",
    "ReportData",
    "ResolvedSpec",
    "Routing",
    "RoutingContext",
    "RunError",
    "Schedule",
    "ScheduleFn",
    "Score",
    "ScoreInputs",
    "Selection",
    "Source",
    "Suggestion",
    "TrackedRun",
    "Tracker",
    "TrainTable",
    "TrainedModel",
    "__version__",
    "calibration_error",
    "fit",
    "from_linen",
    "from_nnx",
    "hookimpl",
    "load",
    "param",
    "reliability",
    "risk_coverage",
    "schedule",
    "stratified_split",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    for module, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"rcmvae_core.{module}"), name)
    raise AttributeError(f"module `rcmvae_core` has no attribute `{name}`")
