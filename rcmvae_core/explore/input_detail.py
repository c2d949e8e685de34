"""Says everything about one input, from arrays that are already there: no pass through the model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.explore.explored_model import ExploredModel
from rcmvae_core.explore.neighbours import Neighbours
from rcmvae_core.inference.ood import OODScorer
from rcmvae_core.inference.uncertainty import entropy, expected_entropy, mutual_information

_LIKELY = 0.99
"""The sum of q(c|x) up to which channels are listed."""
NO_CLASS = -1


class ChannelShare(NamedTuple):
    """What a channel contributes to the prediction of an input.

    Args:
        channel: c.
        q: q(c|x).
        tau: τ[c, y] of each class.
        product: q(c|x) τ[c, y].
    """

    channel: int
    q: float
    tau: Float[np.ndarray, " Y"]
    product: Float[np.ndarray, " Y"]


class Prediction(NamedTuple):
    """How the label of an input is predicted; uncertainties in nats.

    Args:
        channels: the likely ones of the first seed, the most responsible first.
        rest: what is left of the first seed's p(y|x) without these products: Σ_c q(c|x) τ[c, y] of the other channels.
        seeds: p(y|x) of each seed.
        probabilities: p(y|x), their mean.
        label: the most probable class; -1 without classes.
        entropy: of p(y|x).
        aleatoric: Σ_c q(c|x) H(τ_c), the mean over the seeds.
        epistemic: the disagreement of the seeds.
    """

    channels: tuple[ChannelShare, ...]
    rest: Float[np.ndarray, " Y"]
    seeds: Float[np.ndarray, "S Y"]
    probabilities: Float[np.ndarray, " Y"]
    label: int
    entropy: float
    aleatoric: float
    epistemic: float


def likely_channels(q: Float[np.ndarray, " K"], share: float = _LIKELY) -> Int[np.ndarray, " n"]:
    """Return the fewest channels whose q(c|x) add up to a share, the most responsible first.

    Example:
        >>> likely_channels(np.array([0.2, 0.0, 0.795, 0.005])).tolist()
        [2, 0]
    """
    order = np.argsort(-q, kind="stable")
    count = int(np.searchsorted(np.cumsum(q[order], dtype=np.float64), share)) + 1
    return order[: min(count, len(order))]


def explain(
    responsibilities: Sequence[Float[np.ndarray, " K"]],
    taus: Sequence[Float[np.ndarray, "K Y"]],
    probabilities: Sequence[Float[np.ndarray, " Y"]] | None = None,
) -> Prediction:
    """Predict one input, step by step.

    Args:
        responsibilities: q(c|x) of each seed.
        taus: τ of each seed.
        probabilities: p(y|x) of each seed, where a classifier may predict otherwise than by Σ_c q(c|x) τ[c, y].

    Returns:
        The prediction and its parts.
    """
    qs, tables = ([np.asarray(each, np.float64) for each in group] for group in (responsibilities, taus))
    products = [q @ tau for q, tau in zip(qs, tables, strict=True)]
    seeds = np.stack(
        products if probabilities is None else [np.asarray(p, np.float64) for p in probabilities]
    )
    p, q, tau = seeds.mean(axis=0), qs[0], tables[0]
    shares = tuple(ChannelShare(c, float(q[c]), tau[c], q[c] * tau[c]) for c in likely_channels(q).tolist())
    aleatoric = [expected_entropy(q[None], tau)[0] for q, tau in zip(qs, tables, strict=True)]
    return Prediction(
        channels=shares,
        rest=seeds[0] - np.sum([share.product for share in shares], axis=0),
        seeds=seeds,
        probabilities=p,
        label=int(p.argmax()) if len(p) else NO_CLASS,
        entropy=float(entropy(p[None])[0]),
        aleatoric=float(np.mean(aleatoric)),
        epistemic=float(mutual_information(seeds[:, None])[0]),
    )


def score_values(scorer: OODScorer, scores: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return every score of an input with its quantile among training inputs and its threshold, for JSON."""
    if not scores:
        return []
    values = {name: np.array([value]) for name, value in scores.items()}
    quantiles, thresholds = scorer.quantiles(values), scorer.thresholds()
    return [
        {
            "name": name,
            "value": number(value),
            "quantile": number(quantiles[name][0]),
            "threshold": number(thresholds[name]),
            "decides": name == scorer.deciding,
        }
        for name, value in scores.items()
    ]


def prediction_json(prediction: Prediction, class_ids: Sequence[int] | None = None) -> dict[str, Any]:
    """Return a prediction for JSON.

    Args:
        prediction: of one input.
        class_ids: the id of each column of τ; absent, its number.

    Returns:
        Plain values.
    """
    label = prediction.label
    return {
        "q": [
            {
                "channel": share.channel,
                "q": number(share.q),
                "tau": numbers(share.tau),
                "product": numbers(share.product),
            }
            for share in prediction.channels
        ],
        "rest": numbers(prediction.rest),
        "seeds": [numbers(p) for p in prediction.seeds],
        "p": numbers(prediction.probabilities),
        "prediction": class_ids[label] if class_ids is not None and label != NO_CLASS else label,
        "entropy": number(prediction.entropy),
        "aleatoric": number(prediction.aleatoric),
        "epistemic": number(prediction.epistemic),
    }


def model_detail(
    model: ExploredModel,
    index: int,
    taus: Sequence[Float[np.ndarray, "K Y"]],
    neighbours: Neighbours,
    class_ids: Sequence[int] | None = None,
    *,
    probabilities: Sequence[Float[np.ndarray, " Y"]] | None = None,
) -> dict[str, Any]:
    """Return what a model says about an input, for JSON.

    Args:
        model: with its arrays.
        index: of the input.
        taus: the current τ of each seed.
        neighbours: of the input in latent space.
        class_ids: the id of each column of τ; absent, its number.
        probabilities: as of `explain`.

    Returns:
        Plain values.
    """
    stats = model.stats
    prediction = explain([np.asarray(each.responsibilities[index]) for each in stats], taus, probabilities)
    scores = {name: float(values[index]) for name, values in model.scores.items()}
    likelihoods = [-float(each.negative_log_likelihood[index]) for each in stats]
    return prediction_json(prediction, class_ids) | {
        "ood": bool(model.ood[index]),
        "scores": score_values(model.trained.ood_scorer, scores),
        "reconstruction_error": number(model.reconstruction_error[index]),
        "sigma": number(model.sigma[index]),
        "neighbours": neighbours_json(neighbours),
        "log_likelihood": number(np.mean(likelihoods)),
        "elbo": number(np.mean([float(each.elbo[index]) for each in stats])),
    }


def neighbours_json(neighbours: Neighbours) -> list[dict[str, Any]]:
    """Return neighbours for JSON."""
    pairs = zip(neighbours.indices.tolist(), neighbours.distances.tolist(), strict=True)
    return [{"index": index, "distance": number(distance)} for index, distance in pairs]


def number(value: Any) -> float | None:
    """Return a number for JSON, which has none that is not finite."""
    value = float(value)
    return value if math.isfinite(value) else None


def numbers(values: np.ndarray) -> list[float | None]:
    """Return numbers for JSON."""
    return [number(value) for value in values.tolist()]
