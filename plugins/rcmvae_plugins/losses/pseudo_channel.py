"""Builds a loss that trains a strongly augmented input on the channels of a weakly augmented one."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, Params, StatefulLoss
from rcmvae_plugins.losses._alignment import align_to_labels, align_to_uniform, balance
from rcmvae_plugins.losses._categorical import divergence
from rcmvae_plugins.losses.params import PseudoChannelParams

State = dict[str, Array]


def pseudo_channel(params: PseudoChannelParams, context: BuildContext) -> StatefulLoss:
    """Build w(x) · H(t(x), q(c|S(x))), the cross-entropy -Σ_c t_c log q(c|S(x)) of a strong view S(x).

    The target t comes from q(c|W(x)) of a weak view, by the teacher or by the model itself, and has no gradient:
    aligned, as said below, to p, and then t_c ∝ p_c^(1/T); T = 0 gives all weight to the most probable channel. Since
    the target is a channel, τ stays the only map to labels.

    The weight w of an input is a function of the confidence v of p: max_c p_c, or max_y Σ_c p_c τ[c, y], which is high
    too where several channels of one class share the input. `threshold` is FixMatch's w = [v ≥ threshold]. `soft` is
    SoftMatch's w = exp(-min(v - μ, 0)² / (2 (width · σ)²)), with running means μ and σ² of the mean and the unbiased
    variance of v in a batch, which begin at the confidence of a uniform distribution and at 1: all inputs with more than
    average confidence count fully, others the less the further below they are.

    Alignment keeps targets from gathering in a few channels. `uniform` divides p by the running mean m of q(c|W(x)), so
    that all unlocked channels are equally frequent. `labels` multiplies it by r_c = Σ_y τ[c, y] π_y / Σ_c' m_c' τ[c', y]:
    the target of c is divided by m_c and multiplied by Σ_y π_y p(c|y), p(c|y) ∝ m_c τ[c, y], so that classes are as
    frequent as the class prior π says, and how a class divides over its channels is left open. Channels and classes used
    for less than 10⁻³ are treated as if they were used so much. `sinkhorn` instead changes p within the batch until all
    unlocked channels are equally frequent in it. Confidence is that of the aligned p.

    Args:
        params: the two views, the target, and how inputs are weighted and aligned.
        context: has the number of channels and classes, and π.

    Returns:
        A StatefulLoss [B], in nats, without parameters; locked channels have no gradient. Its state has μ and σ², and m,
        as far as they are used.

    Source: K. Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence", NeurIPS
    2020; H. Chen et al., "SoftMatch: Addressing the Quantity-Quality Trade-off in Semi-supervised Learning", ICLR 2023;
    D. Berthelot et al., "ReMixMatch: Semi-Supervised Learning with Distribution Alignment and Augmentation Anchoring",
    ICLR 2020; M. Caron et al., "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments", NeurIPS
    2020.
    """
    prior = jnp.asarray(context.class_prior or (1 / context.classes,) * context.classes, jnp.float32)

    def init(key: Key[Array, ""], model: Params) -> Params:
        del key, model
        return {}

    def init_state(own: Params, model: Params) -> State:
        del own, model
        outcomes = context.classes if params.confidence == "label" else context.channels
        soft = {"mean": jnp.full((), 1 / outcomes), "variance": jnp.ones(())}
        usage = {"usage": jnp.full(context.channels, 1 / context.channels)}
        return (soft if params.weighting == "soft" else {}) | (usage if keeps_usage(params) else {})

    def apply(own: Params, state: State, inputs: LossInputs) -> tuple[Float[Array, " B"], State]:
        del own
        weak_key, strong_key = jax.random.split(inputs.key)
        log_q = jax.lax.stop_gradient(_target(params, inputs, weak_key))
        log_p, usage = _aligned(params, state, log_q, inputs, prior)
        weight, moments = _weight(params, state, _confidence(params, log_p, inputs))
        target = sharpened(log_p, params.temperature)
        strong = inputs.infer(params.strong(inputs.x, strong_key))
        return weight * divergence(target, jnp.zeros_like(target), strong), moments | usage

    return StatefulLoss(init, init_state, apply)


def keeps_usage(params: PseudoChannelParams) -> bool:
    """Return whether targets are aligned by their running mean."""
    return params.align in ("labels", "uniform")


def _aligned(
    params: PseudoChannelParams,
    state: State,
    log_q: Float[Array, "B K"],
    inputs: LossInputs,
    prior: Float[Array, " Y"],
) -> tuple[Float[Array, "B K"], State]:
    """Align a target.

    Args:
        params: how.
        state: of the loss.
        log_q: log q(c|W(x)).
        inputs: of the term.
        prior: π.

    Returns:
        log p, and the running mean that is kept.
    """
    if params.align == "sinkhorn":
        return balance(log_q, inputs.active), {}
    if not keeps_usage(params):
        return log_q, {}
    usage = _running(params, state["usage"], jnp.exp(log_q).mean(axis=0))
    if params.align == "uniform":
        return align_to_uniform(log_q, usage), {"usage": usage}
    return align_to_labels(log_q, usage, _tau(inputs), prior), {"usage": usage}


def _confidence(
    params: PseudoChannelParams, log_p: Float[Array, "B K"], inputs: LossInputs
) -> Float[Array, " B"]:
    p = jnp.exp(log_p)
    return (p @ _tau(inputs) if params.confidence == "label" else p).max(axis=1)


def _weight(
    params: PseudoChannelParams, state: State, confidence: Float[Array, " B"]
) -> tuple[Float[Array, " B"], State]:
    """Return the weight of each input, and the running moments that are kept.

    Args:
        params: how inputs are weighted.
        state: of the loss.
        confidence: of the inputs.
    """
    if params.weighting == "none":
        return jnp.ones_like(confidence), {}
    if params.weighting == "threshold":
        return (confidence >= params.threshold).astype(jnp.float32), {}
    mean = _running(params, state["mean"], confidence.mean())
    variance = _running(params, state["variance"], _variance(confidence))
    weight = truncated_gaussian(confidence, mean, params.width**2 * variance)
    return weight, {"mean": mean, "variance": variance}


def _running(
    params: PseudoChannelParams, old: Float[Array, "*k"], new: Float[Array, "*k"]
) -> Float[Array, "*k"]:
    return params.decay * old + (1 - params.decay) * new


def truncated_gaussian(
    confidence: Float[Array, " B"], mean: Float[Array, ""], variance: Float[Array, ""]
) -> Float[Array, " B"]:
    """Return exp(-min(v - μ, 0)² / (2σ²)), which is 1 for every v of at least μ.

    Args:
        confidence: v.
        mean: μ.
        variance: σ².
    """
    # The running variance of confidences that are all equal decays to 0.
    below = jnp.minimum(confidence - mean, 0)
    return jnp.exp(-(below**2) / jnp.maximum(2 * variance, 1e-12))


def sharpened(log_p: Float[Array, "B K"], temperature: float) -> Float[Array, "B K"]:
    """Return t_c ∝ p_c^(1/T), of which T = 0 is the limit: all weight on the first of the most probable channels."""
    if not temperature:
        return jax.nn.one_hot(jnp.argmax(log_p, axis=1), log_p.shape[1])
    return jax.nn.softmax(log_p / temperature)


def _target(params: PseudoChannelParams, inputs: LossInputs, key: Key[Array, ""]) -> Float[Array, "B K"]:
    """Return log q(c|W(x)) of the weak view, from the pass over the batch where that is the same.

    Args:
        params: the weak view, and whose target it is.
        inputs: of the term.
        key: of the weak view.
    """
    x = inputs.x if params.weak is None else params.weak(inputs.x, key)
    if params.target == "teacher":
        if inputs.teacher is None:
            raise ValueError("loss `pseudo_channel` needs a teacher, and this run averages no parameters")
        return inputs.teacher(x)
    return inputs.forward.log_responsibilities if params.weak is None else inputs.infer(x)


def _tau(inputs: LossInputs) -> Float[Array, "K Y"]:
    if inputs.labelled is None:
        raise ValueError("loss `pseudo_channel` needs a labelled batch, and this run has no labels")
    return jax.lax.stop_gradient(inputs.labelled.tau)


def _variance(values: Float[Array, " B"]) -> Float[Array, ""]:
    """Return the unbiased variance; 0 for a single value."""
    return jnp.var(values) * len(values) / max(len(values) - 1, 1)
