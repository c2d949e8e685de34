"""Every legacy flag and what it becomes, in the order of the spec; to translate another flag, add a row."""

from __future__ import annotations

from rcmvae_core.migrate.flags import curriculum, data, decoder, labels, latent, objective, routing, training

_FAMILIES = (data, latent, routing, decoder, objective, labels, curriculum, training)
FLAGS = {flag.name: flag for family in _FAMILIES for flag in family.FLAGS}
DEFAULTS = {name: flag.default for name, flag in FLAGS.items()}
