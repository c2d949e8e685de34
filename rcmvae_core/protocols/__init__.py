"""What each kind of part must be: named records of pure functions over arrays.

Axes: B batch, L labelled batch, K channels, M decoded channels (M = K without gating), k channels of the
posterior (K in the `decentralized` layout, 1 in `shared`, so that it broadcasts), D latent size,
E embedding size, Y classes. `*x` stands for the shape of one input, (H, W, C) or (F,).

An implementation is a function that is called once, with the checked parameters and a `Context`, and
returns one of the records here. A `Params` is a nested dict of arrays.
"""

from __future__ import annotations

from rcmvae_core.protocols.acquisition import Acquisition, Candidates, Suggestion
from rcmvae_core.protocols.data import Context, Dataset, Source
from rcmvae_core.protocols.latent import Inference, Prior, Routing, RoutingContext, Selection
from rcmvae_core.protocols.learning import Classifier, Curriculum, Factors, Influence, Progress
from rcmvae_core.protocols.likelihood import Head, Likelihood
from rcmvae_core.protocols.nets import NOWHERE, Net, Params
from rcmvae_core.protocols.objective import (
    Augmentation,
    Forward,
    Labelled,
    LossInputs,
    LossOutput,
    LossTerm,
    Schedule,
)
from rcmvae_core.protocols.scores import Outcome, Score, ScoreInputs
from rcmvae_core.protocols.tracking import TrackedRun, Tracker

__all__ = [
    "NOWHERE",
    "Acquisition",
    "Augmentation",
    "Candidates",
    "Classifier",
    "Context",
    "Curriculum",
    "Dataset",
    "Factors",
    "Forward",
    "Head",
    "Inference",
    "Influence",
    "Labelled",
    "Likelihood",
    "LossInputs",
    "LossOutput",
    "LossTerm",
    "Net",
    "Outcome",
    "Params",
    "Prior",
    "Progress",
    "Routing",
    "RoutingContext",
    "Schedule",
    "Score",
    "ScoreInputs",
    "Selection",
    "Source",
    "Suggestion",
    "TrackedRun",
    "Tracker",
]
