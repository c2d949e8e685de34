"""`virtual_adversarial` of a linear-softmax encoder, whose most sensitive direction is known in closed form."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.adversarial import virtual_adversarial
from rcmvae_plugins.losses.params import VirtualAdversarialParams

B, SHAPE, K = 6, (2, 3, 1), 5
SIZE = 6
RNG = np.random.default_rng(0)
X = jnp.asarray(RNG.uniform(size=(B, *SHAPE)), jnp.float32)
WEIGHTS, TEACHER = (RNG.normal(0, 1, (SIZE, K)) for _ in range(2))
ACTIVE = np.array([True, True, False, True, True])
KEY = jax.random.key(4)


def infer(weights):
    def log_q(x):
        logits = x.reshape(len(x), -1) @ jnp.asarray(weights, jnp.float32)
        return jnp.where(ACTIVE, jax.nn.log_softmax(jnp.where(ACTIVE, logits, -1e9)), -1e9)

    return log_q


def probabilities(weights, x):
    """q(c|x) of one input in float64."""
    logits = np.where(ACTIVE, np.asarray(x, np.float64).ravel() @ weights, -np.inf)
    q = np.exp(logits - logits.max())
    return q / q.sum()


def divergence(p, q):
    return sum(a * np.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def curvature(weights, x):
    """The Hessian of KL(q(x) || q(x + r)) at r = 0: W (diag q - q q^T) W^T."""
    q = probabilities(weights, x)
    return weights @ (np.diag(q) - np.outer(q, q)) @ weights.T


@pytest.fixture
def run(make_context, make_inputs):
    def make(weights=WEIGHTS, teacher=None, key=KEY, **settings):
        loss = virtual_adversarial(VirtualAdversarialParams(**settings), make_context())
        log_q = infer(weights)
        inputs = make_inputs(
            x=X,
            key=key,
            log_responsibilities=log_q(X),
            infer=log_q,
            teacher=None if teacher is None else infer(teacher),
        )
        return loss(inputs)

    return make


def start():
    """The random directions from which the power method starts."""
    d = np.asarray(jax.random.normal(KEY, X.shape), np.float64).reshape(B, -1)
    return d / np.linalg.norm(d, axis=1, keepdims=True)


@pytest.mark.parametrize("iterations", [1, 3])
@pytest.mark.parametrize("teacher", [None, TEACHER])
def test_the_direction_is_that_of_the_power_method(run, iterations, teacher) -> None:
    target = {} if teacher is None else {"target": "teacher"}
    values = run(teacher=teacher, iterations=iterations, epsilon=0.7, xi=1e-3, **target)
    for i, first in enumerate(start()):
        d = np.linalg.matrix_power(curvature(WEIGHTS, X[i]), iterations) @ first
        d /= np.linalg.norm(d)
        x = np.asarray(X[i], np.float64).ravel()
        p = probabilities(WEIGHTS if teacher is None else teacher, x)
        assert values[i] == pytest.approx(
            divergence(p, probabilities(WEIGHTS, x + 0.7 * d)), rel=0.02, abs=1e-5
        )


def test_many_iterations_find_the_most_sensitive_direction(run) -> None:
    values = run(iterations=20, epsilon=0.05, xi=1e-3)
    for i in range(B):
        largest = np.linalg.eigvalsh(curvature(WEIGHTS, X[i]))[-1]
        assert values[i] == pytest.approx(0.5 * largest * 0.05**2, rel=0.1)


def test_of_two_channels_one_iteration_finds_the_difference_of_their_weights(run) -> None:
    weights = WEIGHTS.copy()
    weights[:, [0, 3]] -= 50  # two of four remain
    values = run(weights=weights, epsilon=1.0, xi=1e-3)
    d = weights[:, 1] - weights[:, 4]
    d /= np.linalg.norm(d)
    for i in range(B):
        x = np.asarray(X[i], np.float64).ravel()
        p = probabilities(weights, x)
        both = [divergence(p, probabilities(weights, x + sign * d)) for sign in (1, -1)]
        assert min(abs(values[i] - each) for each in both) == pytest.approx(0, abs=1e-3 * max(both) + 1e-5)


def test_a_constant_encoder_has_no_gradient_and_a_certain_one_a_finite_one(run) -> None:
    assert np.all(run(weights=np.zeros((SIZE, K))) == 0)
    for scale in (0.0, 1.0, 1e4):
        gradient = jax.grad(lambda w: run(weights=w).sum())(jnp.asarray(scale * WEIGHTS, jnp.float32))
        assert np.isfinite(gradient).all()
        assert not gradient[:, 2].any()  # locked


def test_the_target_and_the_direction_have_no_gradient(run, make_context, make_inputs) -> None:
    """The gradient is that of the second argument of the divergence alone, for a fixed change."""
    loss = virtual_adversarial(VirtualAdversarialParams(epsilon=0.7, xi=1e-3), make_context())

    def value(w):
        return loss(make_inputs(x=X, key=KEY, log_responsibilities=infer(w)(X), infer=infer(w))).sum()

    w = jnp.asarray(WEIGHTS, jnp.float32)
    d = []
    for i, one in enumerate(start()):
        h = curvature(WEIGHTS, X[i]) @ one
        d.append(h / np.linalg.norm(h))
    change = 0.7 * np.stack(d).reshape(X.shape)
    target = infer(w)(X)

    def fixed(w):
        log_q = infer(w)(X + change)
        return jnp.where(ACTIVE, jnp.exp(target) * (target - log_q), 0).sum()

    np.testing.assert_allclose(jax.grad(value)(w), jax.grad(fixed)(w), rtol=0.1, atol=5e-3)


def test_without_a_teacher_it_says_so(run) -> None:
    with pytest.raises(ValueError, match="needs a teacher"):
        run(target="teacher")
