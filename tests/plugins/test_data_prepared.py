"""From a spec and a data plugin, or the arrays of a caller, to what a run trains on."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers, resolve_text
from rcmvae_core.training.compiled import compile_programs
from rcmvae_core.training.loop import train
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import prepare
from tests.plugins.given_data import good

SPEC = b"""
name = "mine"
[data]
labels = 24
label_noise = 0.5
held_out_classes = ["bee"]
training_inputs = 90
[data.arrays]
[latent]
channels = 3
dim = 2
embedding_dim = 3
[encoder.dense]
hidden = [8]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [8]
[head.bernoulli]
[loss.reconstruction.reconstruction]
[loss.labels.supervised]
[classifier.tau]
[train]
epochs = 1
batch_size = 32
[train.optimizer.adam]
"""


def test_a_caller_s_arrays_are_judged_by_their_true_labels():
    registry = discover("only:rcmvae")
    resolved = resolve_text(SPEC, "mine.toml", registry)
    mine = good(200)
    prepared = prepare(resolved, mine)
    context, split = prepared.context, prepared.split
    assert (context.classes, context.examples, context.labelled) == (3, 90, 24)
    assert context.input_shape == (4, 3, 1)
    truth = np.array([0, -1, 1, 2])[mine.labels]
    assert (split.given != truth[split.labelled]).sum() == 12
    # That given labels are what trains is proven elsewhere; to compile an epoch here would only take time.
    programs = compile_programs(prepared)._replace(epoch=lambda state, _: (state, {}))
    (done,) = train(prepared, programs, [SeedJob(0)], lambda _: None)
    predicted = np.asarray(done.outputs.probabilities).argmax(axis=1)
    assert done.test["accuracy"] == pytest.approx((predicted == truth[split.test]).mean())


def test_without_a_caller_the_spec_s_place_is_told():
    registry = discover("only:rcmvae")
    with pytest.raises(RcmvaeError, match="needs a data set that is passed by a program") as caught:
        prepare(resolve_text(SPEC, "mine.toml", registry))
    assert str(caught.value.diagnostics[0].place) == "mine.toml:8:7"


@pytest.mark.parametrize(
    ("setting", "tokens"),
    [
        ('data.npz.path="a.npz"', {"data.image"}),
        ('data.npz={path="a.npz", form="features", labels="y"}', {"data.features", "data.labels"}),
        ('data.table={path="a.csv", label="y"}', {"data.features", "data.labels", "data.columns"}),
        ('data.table.path="a.csv"', {"data.features", "data.columns"}),
        ('data.image_folder={path="a", size=[8, 8]}', {"data.image", "data.labels"}),
        ('data.image_folder={path="a", size=[8, 8], labelled=false}', {"data.image"}),
        ('data.arrays={form="features", labelled=false}', {"data.features"}),
        ('data.mnist.path="a"', {"data.image", "data.labels"}),
    ],
)
def test_parameters_say_what_the_data_hold(setting, tokens):
    registry = discover("only:rcmvae")
    unlabelled = SPEC.replace(b"[loss.labels.supervised]\n[classifier.tau]\n", b"")
    layers = [parse(unlabelled, "mine.toml"), parse_override(setting)]
    resolved = resolve_layers(layers, registry)
    assert set(resolved.one("data").capabilities().provides) == tokens
