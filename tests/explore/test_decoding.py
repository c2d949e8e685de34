"""Decodes of places, samples, walks and reconstructions, against the model itself."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.decoding import BATCHES, Decoder, chosen, grid_points
from rcmvae_core.explore.pictures import in_data_units
from rcmvae_core.inference.inputs import to_unit_range
from tests.explore.untrained import untrained

RNG = np.random.default_rng(0)
LABELS = np.arange(24) % 3
FORMS = {
    "grey": (RNG.integers(0, 256, (24, 4, 4, 1)).astype(np.uint8), ()),
    "colour of one channel": (
        RNG.integers(0, 256, (24, 4, 4, 3)).astype(np.uint8),
        ("latent.channels=1", "latent.dim=1"),
    ),
    "series": (RNG.normal(5, 3, (24, 7)), ("latent.dim=8",)),
    "shared": (RNG.integers(0, 65536, (24, 3, 3, 1)).astype(np.uint16), ("latent.layout=shared", "conditioner=film")),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(FORMS))
def decoder(request) -> Decoder:
    inputs, settings = FORMS[request.param]
    return Decoder(untrained(inputs, LABELS, settings))


def inputs_of(decoder):
    return next(x for x, _ in FORMS.values() if x.shape[1:] == decoder.trained.info.context.input_shape)


@pytest.mark.parametrize("count", [1, 5, 70])
def test_a_decode_is_that_of_the_model(decoder, count):
    context = decoder.trained.info.context
    latents = RNG.normal(size=(count, context.dim)).astype(np.float32)
    channels = RNG.integers(0, context.channels, count)
    all_channels = np.repeat(latents[:, None], context.posteriors, axis=1)
    decoded = decoder.trained.model.decode(decoder.state.params, jnp.asarray(all_channels))
    expected = in_data_units(np.asarray(decoded)[np.arange(count), channels], decoder.trained.info)
    found = decoder.decode(latents, channels)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * decoder.trained.maximum)
    np.testing.assert_allclose(decoder.decode(latents, 0)[0], decoder.decode(latents[:1], 0)[0], rtol=1e-4)


def test_many_decodes_are_padded_to_few_sizes(decoder):
    context = decoder.trained.info.context
    latents = RNG.normal(size=(400, context.dim)).astype(np.float32)
    alone = np.concatenate([decoder.decode(latents[a : a + 16], 0) for a in range(0, 400, 16)])
    np.testing.assert_allclose(decoder.decode(latents, 0), alone, rtol=1e-4, atol=1e-4)
    assert decoder._decode._cache_size() <= len(BATCHES)


def test_reconstructions_add_up(decoder):
    trained, raw = decoder.trained, inputs_of(decoder)[3]
    parts = decoder.reconstruct(raw)
    x = jnp.asarray(to_unit_range(raw[None], trained.info))
    forward = trained.model.forward(
        decoder.state.params, x, step=decoder.state.step, active=decoder.state.carry.active, key=None
    )
    q, units = np.asarray(forward.responsibilities)[0], lambda a: in_data_units(np.asarray(a), trained.info)
    posterior = np.asarray(forward.encoder_output.mean)
    for channel in range(trained.info.context.channels):
        own = posterior[:, channel % posterior.shape[1]]
        np.testing.assert_allclose(parts.each[channel], decoder.decode(own, channel)[0], rtol=1e-3)
    if trained.info.scaling is None or trained.info.scaling.method == "minmax":  # affine
        weighted = np.tensordot(q, parts.each, axes=1)
        np.testing.assert_allclose(parts.weighted, weighted, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(parts.selected, units(trained.model.mean(forward, x)[0]), rtol=1e-3, atol=1e-3)
    shown = chosen(parts, [0])
    np.testing.assert_array_equal(shown, [parts.selected, parts.weighted, parts.each[0]])


def test_a_walk_is_that_of_the_trained_model(decoder):
    walk = decoder.traverse(0, steps=3, reach=2.0)
    expected = decoder.trained.traverse(0, steps=3, reach=2.0)
    if decoder.trained.info.scaling is None:
        expected = in_data_units(expected, decoder.trained.info)
    np.testing.assert_allclose(walk.decoded, expected, rtol=1e-3, atol=1e-3)
    middle = walk.latents[:, 1]
    np.testing.assert_allclose(middle, np.broadcast_to(middle[0], middle.shape))


def test_samples_of_a_channel_and_of_a_class(decoder):
    trained, channels = decoder.trained, decoder.trained.info.context.channels
    last = channels - 1
    samples, of = decoder.sample(3, channel=last, seed=4)
    expected = trained.sample(3, channel=last, seed=4)
    if trained.info.scaling is None:
        expected = in_data_units(expected, trained.info)
    assert of.tolist() == [last] * 3
    np.testing.assert_allclose(samples, expected, rtol=1e-5)
    assert decoder.sample(3, tau=np.eye(channels)[last])[1].tolist() == [last] * 3
    _, drawn = decoder.sample(40, tau=trained.tau[0][:, 1], seed=2)
    assert drawn.tolist() == trained.draw(40, label=1, seed=2)[1].tolist()


def test_a_class_without_channels_has_no_samples(decoder):
    with pytest.raises(RcmvaeError, match="E422"):
        decoder.sample(1, tau=np.zeros(decoder.trained.info.context.channels))


def test_unknown_channels_are_refused(decoder):
    with pytest.raises(RcmvaeError, match="E422"):
        decoder.decode(np.zeros((1, decoder.trained.info.context.dim)), 99)


def test_warming_compiles_everything_and_ends(decoder):
    decoder.warm()
    before = decoder._decode._cache_size(), decoder._reconstruct._cache_size()
    decoder.decode(np.zeros((300, decoder.trained.info.context.dim)), 0)
    decoder.reconstruct(inputs_of(decoder)[0])
    assert (decoder._decode._cache_size(), decoder._reconstruct._cache_size()) == before
    end = decoder.start_warming()
    end()


def test_a_grid_starts_at_the_top_left():
    points = grid_points((0.0, 2.0), (0.0, 3.0), 2, 3)
    assert points.tolist() == [[0.5, 2.5], [1.5, 2.5], [0.5, 1.5], [1.5, 1.5], [0.5, 0.5], [1.5, 0.5]]
