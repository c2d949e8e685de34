"""Loads the trained model that the arguments of a verb select."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.errors import fail, quoted
from rcmvae_core.inference.load import load
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.runtime.jax_cache import enable_compilation_cache
from rcmvae_core.runtime.xla_errors import quiet_callbacks
from rcmvae_core.spec.parse import parse_override


def load_run(options: argparse.Namespace, settings: Sequence[str] = ()) -> TrainedModel:
    """Load the trained model in `options.run`, or of its seed `options.seed`, and print the warnings.

    They go to stderr, because stdout is for the result.

    Args:
        options: of the verb; `--set` may change what needs no training.
        settings: further settings.

    Raises:
        RcmvaeError: as `rcmvae_core.inference.load.load` does; E107 for a setting of something else.
    """
    given = list(getattr(options, "settings", ()))
    check_settings(given)
    enable_compilation_cache()
    quiet_callbacks()
    return load(
        options.run,
        seed=options.seed,
        warn=lambda diagnostic: print_diagnostics([diagnostic]),
        settings=(*settings, *given),
        allow_edited=options.allow_edited,
    )


def check_settings(settings: Sequence[str]) -> None:
    """Check that settings change nothing that the model was trained with.

    Raises:
        RcmvaeError: E107 if one does, or cannot be read.
    """
    kinds = [kind for kind in discover().kinds.values() if kind.needed_by == "analysis"]
    tables = [kind.table for kind in kinds]
    for setting in settings:
        for name, node in (parse_override(setting).table or {}).items():
            if name not in tables:
                help_ = [f"of a trained model only these can be set: {quoted(tables)}"]
                fail("E107", f"`{name}` cannot be set: the model is trained", place=node.key, help=help_)
