"""The table `[augmentation]` changes the inputs of a training step, those it names, and nothing else."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.errors import SpecError
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.model.augment import augment
from rcmvae_core.model.build import Batch
from rcmvae_core.model.model import Model, build_model
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.testing.plugin_case import TINY as SIZES
from tests.support.tiny import TINY

X, LABELLED = jnp.full((6, *SIZES.input_shape), 0.5), jnp.full((3, *SIZES.input_shape), 0.25)
BATCH, KEY = Batch(X, LABELLED, jnp.zeros(3, jnp.int32)), jax.random.key(0)
NOISE = {"noise": {"std": 0.1}}


def resolved(**augmentation):
    return resolve_spec(
        TINY | {"name": "x", "data": {"digits": {}}, "augmentation": augmentation}, discover()
    )


def model(*, for_training: bool = True, **augmentation) -> Model:
    return build_model(resolved(**augmentation), SIZES, for_training=for_training)


@pytest.mark.parametrize(("on", "changed"), [("all", (1, 1)), ("labelled", (0, 1)), ("unlabelled", (1, 0))])
def test_the_inputs_that_it_names_are_changed(on, changed) -> None:
    batch = augment(model(on=on, **NOISE).parts, BATCH, KEY)
    assert batch.labelled_x is not None
    assert bool((batch.x != X).any()) == changed[0]
    assert bool((batch.labelled_x != LABELLED).any()) == changed[1]
    assert batch.labels is BATCH.labels


def test_both_streams_and_every_step_and_plugin_have_noise_of_their_own() -> None:
    same = Batch(X, X, jnp.zeros(6, jnp.int32))
    batch = augment(model(**NOISE).parts, same, KEY)
    other = augment(model(**NOISE).parts, same, jax.random.key(1))
    assert not np.intersect1d(batch.x, batch.labelled_x).size
    assert not np.intersect1d(batch.x, other.x).size


def test_a_run_without_labels_has_one_stream() -> None:
    batch = augment(model(**NOISE).parts, Batch(X, None, None), KEY)
    assert batch.labelled_x is None
    assert bool((batch.x != X).any())


def test_no_table_is_no_change() -> None:
    assert augment(model().parts, BATCH, KEY) is BATCH


def test_the_loss_is_that_of_the_changed_inputs() -> None:
    """Reconstruction included: the loss of a changed batch under the same key, without augmentation, is the same."""
    noisy, plain = model(**NOISE), model()
    params, step = plain.init(KEY, X), jnp.int32(0)
    changed = augment(noisy.parts, BATCH, KEY)
    own, _ = noisy.loss(params, noisy.init_state(), BATCH, step=step, key=KEY)
    expected, _ = plain.loss(params, plain.init_state(), changed, step=step, key=KEY)
    before, _ = plain.loss(params, plain.init_state(), BATCH, step=step, key=KEY)
    np.testing.assert_allclose(own, expected, rtol=1e-6)
    assert abs(float(own - before)) > 1e-3


def test_a_trained_model_is_used_without_it() -> None:
    assert model(for_training=False, **NOISE).parts.augmentations == ()


def test_an_augmentation_of_images_requires_images() -> None:
    spec = TINY | {
        "name": "x",
        "data": {"table": {"path": "x.csv"}},
        "augmentation": {"image": {}},
        "loss": {},
    }
    with pytest.raises(SpecError) as caught:
        resolve_spec(spec, discover())
    messages = [each.message for each in caught.value.diagnostics if each.code == "E201"]
    assert any("augmentation `image` requires `data.image`" in message for message in messages)
