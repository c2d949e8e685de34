"""List the checks of each kind of plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rcmvae_core.testing import (
    calibrating,
    declaration,
    exporting,
    io_plugins,
    latent,
    learning,
    likelihood,
    measuring,
    net_parameters,
    nets,
    objective,
    projecting,
    routing,
    scoring,
)
from rcmvae_core.testing.function_case import FunctionCase
from rcmvae_core.testing.plugin_case import PluginCase

Check = Callable[[PluginCase], None]
"""Raises CheckFailed or CheckSkipped."""
MakeCases = Callable[[PluginCase], Iterator[FunctionCase]]

DECLARATION_CHECKS: tuple[tuple[str, Check], ...] = (
    ("import_fence", declaration.check_imports),
    ("documented", declaration.check_documentation),
    ("parameters", declaration.check_parameters),
    ("bounds", declaration.check_bounds),
    ("tokens", declaration.check_tokens),
    ("schema", declaration.check_schema),
)
"""Checks of every plugin, by name."""
FUNCTION_CASES: Mapping[str, MakeCases] = {
    "encoder": nets.encoder_cases,
    "backbone": nets.backbone_cases,
    "conditioner": nets.conditioner_cases,
    "prior": latent.prior_cases,
    "routing": routing.routing_cases,
    "head": likelihood.head_cases,
    "loss": objective.loss_cases,
    "schedule": objective.schedule_cases,
    "augmentation": objective.augmentation_cases,
    "classifier": learning.classifier_cases,
    "curriculum": learning.curriculum_cases,
    "optimizer": learning.optimizer_cases,
}
"""By kind, the functions over arrays to which the checks of `function_checks` apply."""
_PARAMETER_EFFECTS = ("parameter_effects", net_parameters.check_parameter_effects)
KIND_CHECKS: Mapping[str, tuple[tuple[str, Check], ...]] = {
    "data": (("contract", io_plugins.check_data),),
    "metric": (("values", measuring.check_metric),),
    "figure": (("drawing", io_plugins.check_figure),),
    "callback": (("actions", io_plugins.check_callback),),
    "tracker": (("tracking", io_plugins.check_tracker),),
    "score": (("scores", scoring.check_score),),
    "calibrator": (("predictions", calibrating.check_calibrator),),
    "acquisition": (("suggestions", scoring.check_acquisition),),
    "projection": (("places", projecting.check_projection),),
    "exporter": (("files", exporting.check_exporter),),
    "encoder": (("channel_axes", net_parameters.check_channel_axes), _PARAMETER_EFFECTS),
    "backbone": (_PARAMETER_EFFECTS,),
    "conditioner": (_PARAMETER_EFFECTS,),
}
"""By kind, other checks."""
