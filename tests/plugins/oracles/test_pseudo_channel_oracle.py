"""`pseudo_channel` against loops in NumPy: FixMatch, SoftMatch, distribution alignment and Sinkhorn balance."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses._alignment import balance
from rcmvae_plugins.losses.params import PseudoChannelParams
from rcmvae_plugins.losses.pseudo_channel import pseudo_channel

from rcmvae_core.plugin.protocols import EncoderOutput, LabelledBatch

B, F, K, Y = 6, 4, 5, 3
RNG = np.random.default_rng(0)
X = jnp.asarray(RNG.uniform(size=(B, F)), jnp.float32)
STUDENT, TEACHER = (jnp.asarray(RNG.normal(0, 3, (F, K)), jnp.float32) for _ in range(2))
TAU = jnp.asarray(RNG.dirichlet(np.ones(Y), K), jnp.float32)
ACTIVE = jnp.array([True, True, False, True, True])
PRIOR = (0.5, 0.3, 0.2)


def log_q(weights, x):
    return jnp.where(ACTIVE, jax.nn.log_softmax(jnp.where(ACTIVE, x @ weights, -1e9)), -1e9)


def negative(x, key):
    del key
    return 1 - x


def halved(x, key):
    del key
    return x / 2


@pytest.fixture
def run(make_context, make_inputs):
    """Values and state after some steps on the same batch, as a function of the student's weights."""

    def make(weights=STUDENT, steps=1, weak=None, teacher=TEACHER, **settings):
        context = make_context(classes=Y, class_prior=PRIOR)
        loss = pseudo_channel(PseudoChannelParams(strong=negative, weak=weak, **settings), context)
        empty = jnp.zeros((1, K, 2))
        labelled = LabelledBatch(
            EncoderOutput(empty[..., 0], empty, empty), empty[..., 0], jnp.array([0]), TAU
        )
        inputs = make_inputs(
            x=X,
            labelled=labelled,
            active=ACTIVE,
            log_responsibilities=log_q(weights, X),
            infer=lambda x: log_q(weights, x),
            teacher=None if teacher is None else lambda x: jax.lax.stop_gradient(log_q(teacher, x)),
        )
        state = loss.init_state({}, {})
        values = jnp.zeros(B)
        for _ in range(steps):
            values, state = loss.apply({}, state, inputs)
        return values, state

    return make


def probabilities(weights, x):
    """q(c|x) in float64, by a loop."""
    x, weights = np.asarray(x, np.float64), np.asarray(weights, np.float64)
    q = np.zeros((len(x), K))
    for i in range(len(x)):
        scores = {c: np.exp(x[i] @ weights[:, c]) for c in range(K) if ACTIVE[c]}
        for c, score in scores.items():
            q[i, c] = score / sum(scores.values())
    return q


def cross_entropy(target, q):
    return -sum(t * np.log(p) for t, p in zip(target, q, strict=True) if t > 0)


@pytest.mark.parametrize("threshold", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("confidence", ["channel", "label"])
def test_threshold_is_fixmatch(run, threshold, confidence):
    values, state = run(weighting="threshold", threshold=threshold, temperature=0.0, confidence=confidence)
    weak, strong = probabilities(TEACHER, X), probabilities(STUDENT, 1 - X)
    for i in range(B):
        certain = max(weak[i]) if confidence == "channel" else max(weak[i] @ np.asarray(TAU))
        expected = -np.log(strong[i, np.argmax(weak[i])]) if certain >= threshold else 0.0
        assert values[i] == pytest.approx(expected, rel=1e-4)
    assert state == {}


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("confidence", ["channel", "label"])
def test_soft_weights_are_those_of_softmatch(run, steps, confidence):
    values, state = run(steps=steps, width=0.7, decay=0.6, confidence=confidence)
    weak, strong = probabilities(TEACHER, X), probabilities(STUDENT, 1 - X)
    certain = [max(p) if confidence == "channel" else max(p @ np.asarray(TAU)) for p in weak]
    mean, variance = 1 / (K if confidence == "channel" else Y), 1.0
    for _ in range(steps):
        mean = 0.6 * mean + 0.4 * np.mean(certain)
        variance = 0.6 * variance + 0.4 * np.var(certain, ddof=1)
    assert float(state["mean"]) == pytest.approx(mean, rel=1e-5)
    assert float(state["variance"]) == pytest.approx(variance, rel=1e-5)
    for i in range(B):
        below = certain[i] < mean
        weight = np.exp(-((certain[i] - mean) ** 2) / (2 * 0.7**2 * variance)) if below else 1.0
        assert values[i] == pytest.approx(weight * cross_entropy(weak[i], strong[i]), rel=1e-4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_target_is_sharpened(run, temperature):
    values, _ = run(weighting="none", temperature=temperature)
    weak, strong = probabilities(TEACHER, X), probabilities(STUDENT, 1 - X)
    for i in range(B):
        power = weak[i] ** (1 / temperature)
        assert values[i] == pytest.approx(cross_entropy(power / power.sum(), strong[i]), rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "weights", "x"),
    [
        ({"target": "model"}, STUDENT, X),
        ({"target": "model", "weak": halved}, STUDENT, X / 2),
        ({"weak": halved}, TEACHER, X / 2),
        ({}, TEACHER, X),
    ],
)
def test_the_target_is_that_of_the_weak_view(run, settings, weights, x):
    values, _ = run(weighting="none", **settings)
    target, strong = probabilities(weights, x), probabilities(STUDENT, 1 - X)
    expected = [cross_entropy(t, q) for t, q in zip(target, strong, strict=True)]
    np.testing.assert_allclose(values, expected, rtol=1e-4)


def test_without_a_teacher_it_says_so(run):
    with pytest.raises(ValueError, match="needs a teacher"):
        run(teacher=None)


@pytest.mark.parametrize("align", ["uniform", "labels"])
def test_alignment_divides_by_the_running_mean_and_multiplies_by_the_prior(run, align):
    values, state = run(steps=2, align=align, decay=0.3, weighting="none")
    weak, strong, tau = probabilities(TEACHER, X), probabilities(STUDENT, 1 - X), np.asarray(TAU, np.float64)
    usage = np.full(K, 1 / K)
    for _ in range(2):
        usage = 0.3 * usage + 0.7 * weak.mean(axis=0)
    np.testing.assert_allclose(state["usage"], usage, rtol=1e-5)
    # The prior of a channel: that of each class, divided as the class is over its channels.
    joint = usage[:, None] * tau
    prior = np.ones(K) if align == "uniform" else (joint / joint.sum(axis=0)) @ np.array(PRIOR)
    for i in range(B):
        aligned = weak[i] * prior / np.maximum(usage, 1e-3 if align == "uniform" else 0)
        assert values[i] == pytest.approx(cross_entropy(aligned / aligned.sum(), strong[i]), rel=1e-4)


def test_labels_align_the_shares_of_classes():
    """If the mean of the targets is m, the aligned targets' classes have nearly the shares of the prior."""
    from rcmvae_plugins.losses._alignment import align_to_labels

    log_p = jax.nn.log_softmax(jnp.asarray(RNG.normal(0, 0.3, (4000, K)), jnp.float32))
    aligned = jnp.exp(
        align_to_labels(log_p, jnp.exp(log_p).mean(axis=0), jnp.eye(K)[:, :3] + 1e-9, jnp.array(PRIOR))
    )
    np.testing.assert_allclose(aligned.mean(axis=0)[:3], PRIOR, atol=0.02)


def test_sinkhorn_balances_rows_and_columns(run):
    log_p = log_q(
        jnp.asarray(RNG.normal(0, 2, (F, K)), jnp.float32),
        jnp.asarray(RNG.uniform(size=(64, F)), jnp.float32),
    )
    balanced = np.asarray(jnp.exp(balance(log_p, ACTIVE)))
    np.testing.assert_allclose(balanced.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(balanced.mean(axis=0), np.where(ACTIVE, 1 / 4, 0), atol=2e-3)
    # Q_ic = u_i p_ic v_c: ratios of ratios stay as they were.
    logs = np.asarray(balance(log_p, ACTIVE))
    odds = logs[:, [0, 1, 3]] - logs[:, [4]]
    was = np.asarray(log_p)[:, [0, 1, 3]] - np.asarray(log_p)[:, [4]]
    np.testing.assert_allclose((odds - was) - (odds - was)[0], 0, atol=1e-4)
    values, _ = run(align="sinkhorn", weighting="none")
    target = np.asarray(jnp.exp(balance(log_q(TEACHER, X), ACTIVE)), np.float64)
    strong = probabilities(STUDENT, 1 - X)
    expected = [cross_entropy(t, q) for t, q in zip(target, strong, strict=True)]
    np.testing.assert_allclose(values, expected, rtol=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"target": "model"},
        {"align": "labels"},
        {"align": "uniform", "temperature": 0.0, "weighting": "threshold", "threshold": 0.3},
        {"align": "sinkhorn", "weighting": "none"},
    ],
)
def test_gradients_are_finite_and_of_the_strong_view_only(run, settings):
    gradient = jax.grad(lambda weights: run(weights, **settings)[0].sum())(STUDENT)
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() > 0
    assert (np.asarray(gradient)[:, ~np.asarray(ACTIVE)] == 0).all()
    # With the target and the weights held, the gradient of the cross-entropy is the same.
    values, _ = run(**settings)
    strong = probabilities(STUDENT, 1 - X)
    by_hand = np.zeros((F, K))
    for target, q, value, x in zip(_targets(run, settings), strong, values, np.asarray(1 - X), strict=True):
        weight = float(value) / cross_entropy(target, q)
        by_hand += weight * np.outer(x, q * target.sum() - target)
    np.testing.assert_allclose(gradient, by_hand, rtol=1e-3, atol=1e-4)


def _targets(run, settings):
    """The targets, from the cross-entropy with students that put nearly all weight on one channel."""
    del run
    from rcmvae_plugins.losses._alignment import align_to_labels, align_to_uniform
    from rcmvae_plugins.losses.pseudo_channel import sharpened

    weak = log_q(STUDENT if settings.get("target") == "model" else TEACHER, X)
    usage = 0.99 / K + 0.01 * jnp.exp(weak).mean(axis=0)
    aligned = {
        "labels": lambda: align_to_labels(weak, usage, TAU, jnp.array(PRIOR)),
        "uniform": lambda: align_to_uniform(weak, usage),
        "sinkhorn": lambda: balance(weak, ACTIVE),
    }.get(settings.get("align", ""), lambda: weak)()
    return np.asarray(sharpened(aligned, settings.get("temperature", 1.0)), np.float64)


def test_equal_confidences_are_no_division_by_zero(run):
    values, state = run(steps=400, decay=0.0, teacher=jnp.zeros((F, K)))
    assert float(state["variance"]) == 0
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 0.5}, 'has no effect without `weighting = "threshold"`'),
        ({"width": 1.0, "weighting": "none"}, 'has no effect without `weighting = "soft"`'),
        ({"decay": 0.5, "weighting": "none", "align": "sinkhorn"}, "`decay` has no effect"),
    ],
)
def test_a_parameter_without_effect_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PseudoChannelParams(strong=negative, **settings)
