"""The specs that are measured."""

from __future__ import annotations

CHANNELS, DIM, BATCH, IMAGES = 10, 8, 128, 6_400
WIDTHS = "[256, 256]"
TOP_M, MANY, LABELLED, WEIGHT, PER_CLASS = 2, 20, 32, 50.0, 100

_DENSE = f"""
[encoder.dense]
hidden = {WIDTHS}
[backbone.dense]
hidden = {WIDTHS}
[head.bernoulli]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[train]
epochs = 1
batch_size = {BATCH}
labelled_batch_size = {LABELLED}
[train.optimizer.adam]
"""

MIXTURE = f"""
name = "mixture"
[data]
labels = 0
[data.mnist]
[latent]
channels = {CHANNELS}
dim = {DIM}
[prior.mixture]
[routing.soft]
[conditioner.film]
[loss.kl_c.kl_channel]
{_DENSE}"""
"""Without labels, every channel decoded."""

PLAIN = f"""
name = "plain"
[data]
labels = 0
[data.mnist]
[latent]
channels = 1
dim = {DIM}
[prior.standard]
[routing.soft]
[conditioner.none]
{_DENSE}"""
"""A VAE without channels."""

LABELS = f"""
name = "labels"
[data]
labels_per_class = {PER_CLASS}
[data.mnist]
[latent]
channels = {MANY}
dim = {DIM}
[prior.mixture]
[routing.soft]
top_m = {TOP_M}
[conditioner.film]
[loss.kl_c.kl_channel]
[loss.labels]
weight = {WEIGHT}
[loss.labels.supervised]
[classifier.tau]
{_DENSE}"""
"""With a labelled stream, the likeliest channels decoded."""
