"""Guards the functions of other packages' plugins: what they raise, and results of another form, name the plugin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.model.result_forms import FORMS, Form, named_arrays
from rcmvae_core.plugin.failures import failure
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.plugin.resolved import ResolvedPart

_KINDS = frozenset(kind for kind, _ in FORMS)
"""Kinds whose implementations are functions, or records of functions, that the core calls."""


def guard(part: ResolvedPart, built: Any, context: BuildContext) -> Any:
    """Return what a plugin built, with its functions guarded.

    The guards run when a function is called or traced, so that a compiled program is the same with and without them.

    Args:
        part: a plugin of another package; what a built-in one raises is a bug.
        built: what its implementation returned.
        context: the sizes that it was built for.

    Returns:
        A record or function of the same type.
    """
    if part.kind not in _KINDS:
        return built
    names: tuple[str, ...] = getattr(built, "_fields", ())
    if names:
        fields: dict[str, Any] = {name: getattr(built, name) for name in names}
        functions = {name: field for name, field in fields.items() if callable(field)}
        forms = {name: FORMS.get((part.kind, name)) for name in functions} | _form_of_init(fields)
        guarded = {name: _guarded(part, name, each, context, forms[name]) for name, each in functions.items()}
        return type(built)(**(fields | guarded))
    return _guarded(part, "", built, context, FORMS.get((part.kind, ""))) if callable(built) else built


def _form_of_init(fields: dict[str, Any]) -> dict[str, Form]:
    """Return the form of the result of `init`, if the record names arrays in it."""
    axes, rates = (fields.get(name) or {} for name in ("channel_axes", "learning_rates"))
    return {"init": partial(named_arrays, axes, rates)} if axes or rates else {}


def _guarded(
    part: ResolvedPart, name: str, function: Callable[..., Any], context: BuildContext, form: Form | None
) -> Callable[..., Any]:
    """Return a function that raises a diagnostic where a plugin's function fails.

    Args:
        part: the plugin.
        name: the function's name in its record; empty for the plugin itself.
        function: the function.
        context: the sizes that it was built for.
        form: of its result; None if anything is right.
    """

    @wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            result = function(*arguments, **keywords)
        except RcmvaeError:
            raise
        except Exception as error:
            raise RunError([failure(part, error, name)]) from error
        problem = None if form is None else form(context, arguments, result)
        if problem is not None:
            raise RunError([failure(part, problem, name)])
        return result

    return call
