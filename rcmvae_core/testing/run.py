"""Run a plugin's checks, with one set of parameters and sizes after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import attrs

from rcmvae_core.declarations import load_object
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.params import fields
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.resolved_toml import table
from rcmvae_core.testing import purity, values
from rcmvae_core.testing.promises import ARRAYS, DECLARATION, OTHER, Arrays
from rcmvae_core.testing.report import Fault, Outcome, Skip
from rcmvae_core.testing.subject import Subject, Values, contexts, read, subject

_BIG = 4096
"""Beyond it a parameter at its bound is not built: some are sizes."""


def outcomes(registry: Registry, registered: Registered, asked: Values, *, edges: bool) -> Iterator[Outcome]:
    """Every check of the plugin, in order; nothing of what an author wrote stops the rest."""
    try:
        given = values.examples(registry, registered) | dict(asked)
        whole = subject(registry, registered, given)
    except Exception as error:  # noqa: BLE001 - whatever an author's declaration raises
        yield Outcome("declaration", "", "failed", _told(error))
        return
    for check, function in DECLARATION:
        yield _outcome(check, "", partial(function, whole))
    for check, function in OTHER.get(whole.part.kind, ()):
        yield _outcome(check, whole.case, partial(function, whole))
    arrays = ARRAYS.get(whole.part.kind)
    if arrays is None:
        if whole.part.kind not in OTHER:
            yield _outcome("built", whole.case, partial(_built, whole))
        return
    yield from _over_arrays(arrays, whole)
    if edges:
        yield from _at_edges(arrays, whole, given)
    else:
        yield Outcome("edges", "", "skipped", "they were not asked for")


def _over_arrays(arrays: Arrays, whole: Subject) -> Iterator[Outcome]:
    probes = cache(lambda: list(arrays(whole)))
    for check, function in purity.CHECKS:
        yield _outcome(check, whole.case, lambda function=function: purity.over(probes(), function))
    others = list(contexts(whole.part).items())[1:]
    for words, context in others:
        there = attrs.evolve(whole, context=context, case=words)
        yield _outcome("eval_shape", words, lambda there=there: purity.over(arrays(there), purity.eval_shape))


def _at_edges(arrays: Arrays, whole: Subject, given: Values) -> Iterator[Outcome]:
    for name, value in _edges(whole):
        there = _changed(whole, given, name, value)
        if there is not None:
            yield _outcome("edges", there.case, partial(_at_edge, arrays, there, value))


def _at_edge(arrays: Arrays, there: Subject, value: Any) -> None:
    """Sizes and names are only traced; with a number the functions run, and what was random may be so no more."""
    try:
        found = [one._replace(random="may") if one.random == "must" else one for one in arrays(there)]
    except RcmvaeError as refused:
        raise Skip(f"it is refused in words: {refused.diagnostics[0].message}") from None
    purity.over(found, purity.compiled if isinstance(value, float) else purity.eval_shape)


def _edges(whole: Subject) -> Iterator[tuple[str, Any]]:
    current = table(whole.part.params, whole.registry.kinds)
    for name, field in fields(type(whole.part.params)).items():
        for value in values.edges(field):
            too_big = isinstance(value, int) and not isinstance(value, bool) and abs(value) > _BIG
            if value != current.get(name) and not too_big:
                yield name, value


def _changed(whole: Subject, given: Values, name: str, value: Any) -> Subject | None:
    """The plugin with one other value; None where its other parameters rule that out."""
    part, found = read(whole.registry, whole.part.kind, whole.part.name, dict(given) | {name: value})
    if part is None or any(d.severity == "error" for d in found):
        return None
    return attrs.evolve(whole, part=part, case=f"{name} = {value!r}")


def _built(whole: Subject) -> None:
    """A part of a kind that the core does not know: it is built, and satisfies its kind's protocol."""
    found = whole.build()
    path = whole.registry.kinds[whole.part.kind].protocol
    if path is not None and not isinstance(found, load_object(path)):
        raise Fault(f"it is a `{type(found).__name__}`, and does not satisfy `{path}`")


def _outcome(check: str, case: str, function: Callable[[], None]) -> Outcome:
    try:
        function()
    except Skip as reason:
        return Outcome(check, case, "skipped", str(reason))
    except Exception as error:  # noqa: BLE001 - whatever an author's code raises is a finding
        return Outcome(check, case, "failed", _told(error))
    return Outcome(check, case, "passed")


def _told(error: Exception) -> str:
    if isinstance(error, Fault):
        return str(error)
    if isinstance(error, RcmvaeError):
        return "; ".join(f"{d.code}: {d.message}" for d in error.diagnostics)
    reason = next((line for line in str(error).splitlines() if line.strip()), "no reason given")
    return f"it raised {type(error).__name__}: {reason}"
