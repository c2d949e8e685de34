"""Loads the trained model that the arguments of a verb select."""

from __future__ import annotations

import argparse

from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.inference.load import load
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.runtime.jax_cache import enable_compilation_cache


def load_run(options: argparse.Namespace) -> TrainedModel:
    """Load the trained model in `options.run`, or of its seed `options.seed`, and print the warnings.

    Raises:
        RcmvaeError: as `rcmvae_core.inference.load.load` does.
    """
    enable_compilation_cache()
    return load(options.run, seed=options.seed, warn=lambda diagnostic: print_diagnostics([diagnostic]))
