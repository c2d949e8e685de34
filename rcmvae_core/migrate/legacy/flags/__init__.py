"""List every legacy flag with its translation; a new flag is a new row in one of these modules."""

from __future__ import annotations

from rcmvae_core.migrate.legacy.flags import (
    curriculum,
    data,
    decoder,
    labels,
    latent,
    objective,
    routing,
    training,
)

_MODULES = (data, latent, routing, decoder, objective, labels, curriculum, training)
FLAGS = {flag.name: flag for module in _MODULES for flag in module.FLAGS}
DEFAULTS = {name: flag.default for name, flag in FLAGS.items()}
