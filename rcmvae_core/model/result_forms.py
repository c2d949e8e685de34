"""Says which form the results of a plugin's functions have: their shapes and types, and what is wrong with others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import (
    Action,
    BuildContext,
    CurriculumEffect,
    EncoderOutput,
    FittedCalibrator,
    FittedProjection,
    NotApplicable,
    Selection,
    Suggestion,
)

Shape = tuple[int, ...]
Form = Callable[[BuildContext, tuple[Any, ...], Any], str | None]
"""Returns what is wrong with a result, given the context and the arguments; None if nothing is."""
_UPDATE_AND_STATE = 2
_KIND_NAMES: Mapping[str, Any] = {"float": jnp.floating, "integer": jnp.integer, "bool": jnp.bool_}


def problem(value: Any, shapes: list[Shape], kind: str = "float") -> str | None:
    """Return what is wrong with an array; None if it has one of the shapes and the kind of type.

    Args:
        value: the array, or an abstract one.
        shapes: the possible shapes.
        kind: `float`, `integer` or `bool`.

    Example:
        >>> import numpy as np
        >>> problem(np.zeros(3, np.float32), [(3, 2), (3, 1)])
        'returned float32 [3], expected float [3, 2] or [3, 1]'
    """
    expected = f"{kind} {' or '.join(str(list(shape)) for shape in dict.fromkeys(shapes))}"
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        return f"returned a {type(value).__name__}, expected {expected}"
    if tuple(value.shape) in shapes and jnp.issubdtype(value.dtype, _KIND_NAMES[kind]):
        return None
    return f"returned {value.dtype} {list(value.shape)}, expected {expected}"


def _encoder(context: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    if not isinstance(result, EncoderOutput):
        return f"returned a {type(result).__name__}, expected an EncoderOutput"
    rows = len(arguments[1])
    posterior = (rows, context.posteriors, context.dim)
    shapes = {"logits": (rows, context.channels), "mean": posterior, "log_var": posterior}
    return _first((name, problem(getattr(result, name), [shape])) for name, shape in shapes.items())


def _routing(context: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    if not isinstance(result, Selection):
        return f"returned a {type(result).__name__}, expected a Selection"
    rows, count = len(arguments[0]), context.channels
    if result.channels is not None:
        width = getattr(result.channels, "shape", (0, 0))[-1]
        wrong = problem(result.channels, [(rows, width)], "integer")
        if wrong is not None:
            return f"{wrong} as channels"
        count = width
    wrong = problem(result.weights, [(rows, count)])
    return None if wrong is None else f"{wrong} as weights"


def _first(problems: Any) -> str | None:
    return next((f"{text} as {name}" for name, text in problems if text is not None), None)


def _log_pi(context: BuildContext, _: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [(context.channels,)])


def _kl(context: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    rows = len(arguments[1].logits)
    return problem(result, [(rows, context.posteriors), (rows, context.channels)])


def _samples(context: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [(arguments[2], context.channels, context.dim)])


def _conditioned(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    h, e = arguments[1:3]
    lead = np.broadcast_shapes(h.shape[: e.ndim - 1], e.shape[:-1])
    width = tuple(getattr(result, "shape", ()))[-1:] or (1,)
    # One that does not read the channel has a single row for all.
    own = (*h.shape[:-1], *width)
    return problem(result, [(*lead, *h.shape[e.ndim - 1 : -1], *width), own])


def _features(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    latents, embeddings = arguments[1:3]
    lead = np.broadcast_shapes(latents.shape[:2], embeddings.shape[:2])
    trailing = tuple(getattr(result, "shape", ()))[2:] or (1,)
    # One that does not read the channel has a single row for all.
    return problem(result, [(*lead, *trailing), (*latents.shape[:2], *trailing)])


def _nll(context: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    del context
    rows, weights = len(arguments[1]), arguments[2]
    return problem(result, [(rows, weights.shape[1]), (rows, 1)])


def _mean(context: BuildContext, _: tuple[Any, ...], result: Any) -> str | None:
    lead = tuple(getattr(result, "shape", (1, 1)))[:2]
    return problem(result, [(*lead, *context.input_shape)])


def _loss(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    inputs = arguments[0]
    rows = (
        [(len(inputs.x),)] if inputs.labelled is None else [(len(inputs.x),), (len(inputs.labelled.labels),)]
    )
    return problem(result, rows)


def _stateful_loss(context: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    if not isinstance(result, tuple) or len(result) != _UPDATE_AND_STATE:
        return f"returned a {type(result).__name__}, expected values and a state"
    return _state(context, (arguments[1],), result[1]) or _loss(context, (arguments[2],), result[0])


def _state(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    """Compare a state with the one before, the first argument."""
    trees = (arguments[0], result)
    before, after = (jax.tree.map(lambda a: (jnp.shape(a), jnp.result_type(a)), tree) for tree in trees)
    if before != after:
        return "returned a state of another structure, or arrays of other shapes or types"
    return None


def _action(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    del arguments
    if not isinstance(result, Action):
        return f"returned a {type(result).__name__}, expected an Action"
    factors = result.weight_factors
    if not isinstance(factors, Mapping):
        return f"returned weight_factors that are a {type(factors).__name__}, expected a mapping"
    wrong = [(k, v) for k, v in factors.items() if not isinstance(v, int | float) or not 0 <= v < math.inf]
    expected = "expected a finite number of at least 0"
    return _first(
        (f"the weight factor of {label!r}", f"returned {value!r}, {expected}") for label, value in wrong
    )


def _tau(context: BuildContext, _: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [(context.channels, context.classes)])


def _probabilities(context: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [(len(arguments[1]), context.classes)])


def _effect(context: BuildContext, _: tuple[Any, ...], result: Any) -> str | None:
    if not isinstance(result, CurriculumEffect):
        return f"returned a {type(result).__name__}, expected a CurriculumEffect"
    wrong = problem(result.logit_bias, [(context.channels,)]), problem(result.temperature, [()])
    soft, factors = (
        problem(result.soft, [()], "bool"),
        [problem(each, [()]) for each in result.weight_factors],
    )
    names = (
        "logit_bias",
        "temperature",
        "soft",
        *(f"the factor {name}" for name in result.weight_factors._fields),
    )
    return _first(zip(names, [*wrong, soft, *factors], strict=True))


def _updates(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    if not isinstance(result, tuple) or len(result) != _UPDATE_AND_STATE:
        return f"returned a {type(result).__name__}, expected updates and a state"
    gradients, tree = jax.tree.flatten(arguments[0])
    updates, other = jax.tree.flatten(result[0])
    if tree != other:
        return "returned updates of another structure than the gradients"
    return _first(
        ("an update", problem(u, [tuple(g.shape)])) for u, g in zip(updates, gradients, strict=True)
    )


def _active(context: BuildContext, _: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [(context.channels,)], "bool")


def _inputs(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [tuple(arguments[0].shape)])


def _scores(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [(len(arguments[0].stats.responsibilities),)])


def _measured(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    return problem(result, [(len(arguments[1]),)])


def _suggestion(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    if not isinstance(result, Suggestion):
        return f"returned a {type(result).__name__}, expected a Suggestion"
    count = min(arguments[1], len(arguments[0].probabilities))
    wrong = problem(result.positions, [(count,)], "integer")
    return None if wrong is None else f"{wrong} as positions"


def _projection(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    del arguments
    if isinstance(result, FittedProjection | NotApplicable):
        return None
    return f"returned a {type(result).__name__}, expected a FittedProjection or NotApplicable"


def _calibrator(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    del arguments
    if isinstance(result, FittedCalibrator | NotApplicable):
        return None
    return f"returned a {type(result).__name__}, expected a FittedCalibrator or NotApplicable"


def _number(_: BuildContext, arguments: tuple[Any, ...], result: Any) -> str | None:
    del arguments
    value = jnp.asarray(result) if isinstance(result, int | float) else result
    is_whole = problem(value, [()], "integer") is None
    return None if is_whole else problem(value, [()])


def named_arrays(
    axes: Mapping[str, int],
    rates: Mapping[str, float],
    context: BuildContext,
    _: tuple[Any, ...],
    result: Any,
) -> str | None:
    """Return what is wrong with parameters in which a record names arrays; None if nothing is.

    Args:
        axes: `channel_axes` of the record, by path.
        rates: `learning_rates` of the record, by path.
        context: has the number of channels.
        result: what `init` returned.
    """
    leaves = jax.tree_util.tree_leaves_with_path(result)
    shapes = {
        jax.tree_util.keystr(path, simple=True, separator="/"): jnp.shape(leaf) for path, leaf in leaves
    }
    for field, paths in (("channel_axes", axes), ("learning_rates", rates)):
        for path in paths:
            if path not in shapes:
                return f"returned no array `{path}`, which its `{field}` name; it has {', '.join(shapes) or 'none'}"
    for path, axis in axes.items():
        shape = shapes[path]
        if not -len(shape) <= axis < len(shape) or shape[axis] != context.channels:
            size = f"{context.channels} channels along axis {axis}, as its `channel_axes` say"
            return f"returned `{path}` {list(shape)}, expected {size}"
    return None


FORMS: Mapping[tuple[str, str], Form] = {
    ("encoder", "apply"): _encoder,
    ("prior", "log_pi"): _log_pi,
    ("prior", "kl"): _kl,
    ("prior", "sample"): _samples,
    ("routing", ""): _routing,
    ("conditioner", "apply"): _conditioned,
    ("backbone", "apply"): _features,
    ("head", "negative_log_likelihood"): _nll,
    ("head", "mean"): _mean,
    ("loss", ""): _loss,
    ("loss", "apply"): _stateful_loss,
    ("classifier", "tau"): _tau,
    ("classifier", "predict"): _probabilities,
    ("classifier", "update"): _state,
    ("curriculum", "advance"): _state,
    ("curriculum", "active"): _active,
    ("curriculum", "effect"): _effect,
    ("optimizer", "update"): _updates,
    ("augmentation", ""): _inputs,
    ("schedule", ""): _number,
    ("callback", ""): _action,
    ("score", ""): _scores,
    ("score", "measure"): _measured,
    ("acquisition", ""): _suggestion,
    ("calibrator", ""): _calibrator,
    ("projection", ""): _projection,
}
"""The form of each function's result, by kind and by the function's name in its record."""
