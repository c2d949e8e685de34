"""Defines what the implementation of each kind of plugin returns: named records of pure functions over arrays.

Axes: B batch, L labelled batch, K channels, M decoded channels (M = K without gating), k channels of the
posterior (K in the `decentralized` layout, 1 in `shared`, so that it broadcasts), D latent size,
E embedding size, Y classes. `*x` is the shape of one input, (H, W, C) or (F,).

An implementation is a function that is called once, with the checked parameters and a `BuildContext`, and
returns one of these records. `Params` is a nested dict of arrays.
"""

from __future__ import annotations

from rcmvae_core.plugin.protocols.acquisition import Acquisition, QueryPool, Suggestion
from rcmvae_core.plugin.protocols.calibration import CalibratedPrediction, Calibrator, FittedCalibrator
from rcmvae_core.plugin.protocols.callbacks import Action, Callback, Evaluated
from rcmvae_core.plugin.protocols.columns import ColumnBlock
from rcmvae_core.plugin.protocols.data import BuildContext, Dataset, Source, Table
from rcmvae_core.plugin.protocols.exporting import ExportedModel, Exporter
from rcmvae_core.plugin.protocols.figure import Metric, NotApplicable, Plot, ReportData
from rcmvae_core.plugin.protocols.latent import EncoderOutput, Prior, Routing, RoutingContext, Selection
from rcmvae_core.plugin.protocols.learning import (
    Classifier,
    Curriculum,
    CurriculumEffect,
    LossWeightFactors,
    Progress,
)
from rcmvae_core.plugin.protocols.likelihood import Head, Likelihood
from rcmvae_core.plugin.protocols.nets import NOWHERE, Net, Params
from rcmvae_core.plugin.protocols.objective import (
    Augmentation,
    Forward,
    LabelledBatch,
    LossInputs,
    LossOutput,
    LossTerm,
    Schedule,
    StatefulLoss,
)
from rcmvae_core.plugin.protocols.projection import FittedProjection, Projection
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot
from rcmvae_core.plugin.protocols.scores import ForwardStats, ModelScore, Score, ScoredModel, ScoreInputs
from rcmvae_core.plugin.protocols.tracking import TrackedRun, Tracker
from rcmvae_core.plugin.protocols.units import Units

__all__ = [
    "NOWHERE",
    "Acquisition",
    "Action",
    "Augmentation",
    "BuildContext",
    "CalibratedPrediction",
    "Calibrator",
    "Callback",
    "Classifier",
    "ColumnBlock",
    "Curriculum",
    "CurriculumEffect",
    "Dataset",
    "EncoderOutput",
    "Evaluated",
    "ExportedModel",
    "Exporter",
    "FittedCalibrator",
    "FittedProjection",
    "Forward",
    "ForwardStats",
    "Head",
    "LabelledBatch",
    "Likelihood",
    "LossInputs",
    "LossOutput",
    "LossTerm",
    "LossWeightFactors",
    "Metric",
    "ModelScore",
    "Net",
    "NotApplicable",
    "Params",
    "Plot",
    "Prior",
    "Progress",
    "Projection",
    "QueryPool",
    "ReportArrays",
    "ReportData",
    "Routing",
    "RoutingContext",
    "Schedule",
    "Score",
    "ScoreInputs",
    "ScoredModel",
    "Selection",
    "Snapshot",
    "Source",
    "StatefulLoss",
    "Suggestion",
    "Table",
    "TrackedRun",
    "Tracker",
    "Units",
]
