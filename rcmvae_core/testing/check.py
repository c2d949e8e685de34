"""The conformance kit: every promise of a plugin's kind, checked one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import attrs

from rcmvae_core.declarations import load_object
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, PluginError, RcmvaeError
from rcmvae_core.params import fields
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.resolved_toml import table
from rcmvae_core.structure import suggest
from rcmvae_core.testing import declaration, latent, learning, likelihood, nets, objective, outside, probe
from rcmvae_core.testing import subject as subjects
from rcmvae_core.testing.probe import Probe
from rcmvae_core.testing.report import Fault, Outcome, Report, Skip
from rcmvae_core.testing.subject import Subject, Values, contexts, examples, read, subject

Check = Callable[[Subject], None]

ARRAYS: Mapping[str, Callable[[Subject], Iterator[Probe]]] = {
    "encoder": nets.encoder,
    "backbone": nets.backbone,
    "conditioner": nets.conditioner,
    "prior": latent.prior,
    "routing": latent.routing,
    "head": likelihood.head,
    "loss": objective.loss,
    "schedule": objective.schedule,
    "augmentation": objective.augmentation,
    "classifier": learning.classifier,
    "curriculum": learning.curriculum,
    "optimizer": learning.optimizer,
}
"""The functions over arrays of each kind's parts."""
OTHER: Mapping[str, tuple[tuple[str, Check], ...]] = {
    "data": (("contract", outside.data),),
    "figure": (("drawing", outside.figure),),
    "tracker": (("following", outside.tracker),),
    "encoder": (("channel_axes", nets.axes), ("reach", nets.reach)),
    "backbone": (("reach", nets.reach),),
    "conditioner": (("reach", nets.reach),),
}
"""What a kind promises besides."""
DECLARATION: tuple[tuple[str, Check], ...] = (
    ("import_fence", declaration.import_fence),
    ("documented", declaration.documented),
    ("parameters", declaration.parameters),
    ("bounds", declaration.bounds),
    ("tokens", declaration.tokens),
    ("schema", declaration.in_schema),
)
_BIG = 4096
"""Beyond it a parameter at its bound is not built: some are sizes."""


def check_plugin(
    kind: str,
    name: str,
    *,
    registry: Registry | None = None,
    values: Values | None = None,
    expected: Mapping[str, str] | None = None,
    edges: bool = True,
) -> Report:
    """Check everything that a plugin of its kind promises.

    Its parameters are those of `values`, and defaults; one that has none gets an example of its type. Every other
    size that it allows is tried as well, and every parameter at its least and greatest value.

    Args:
        kind: such as `conditioner`.
        name: the plugin's name in a spec.
        registry: what it is found in; by default everything that is installed.
        values: parameters, as a spec gives them.
        expected: checks that are known to fail, with the reason of each; one that passes is a failure.
        edges: whether parameters are tried at their edges, which takes most of the time.

    Returns:
        A report; `report.passed` says whether all is well, `str(report)` what is not.

    Raises:
        PluginError: E108 if there is no such plugin, or several claim its name.

    Example:
        >>> from rcmvae_core.testing import check_plugin
        >>> report = check_plugin("schedule", "constant", values={"value": 0.5})
        >>> report.passed, report.counts["failed"]
        (True, 0)
    """
    registry = discover() if registry is None else registry
    registered = _found(registry, kind, name)
    owner = registered.distribution
    outcomes = tuple(_announced(_outcomes(registry, registered, values or {}, edges=edges), expected or {}))
    return Report(f"{kind} `{name}`", f"{owner.name} {owner.version}", outcomes)


def _found(registry: Registry, kind: str, name: str) -> Registered:
    claims = registry.claims(kind, name)
    if len(claims) == 1:
        return claims[0]
    if claims:
        owners = ", ".join(claim.distribution.name for claim in claims)
        help_ = ["set RCMVAE_PLUGINS=only:NAME, or uninstall one"]
        raise PluginError([Diagnostic("E108", f"{kind} `{name}` is claimed by {owners}", help=help_)])
    broken = next((b for b in registry.broken if b.declaration == (kind, name)), None)
    if broken is not None:
        raise PluginError(
            [Diagnostic("E211", f"{kind} `{name}` is broken: {broken.reason}", help=[broken.help])]
        )
    known = registry.names(kind)
    help_ = (
        suggest(name, known, f"{kind} plugins")
        if kind in registry.kinds
        else suggest(kind, sorted(registry.kinds), "kinds")
    )
    raise PluginError([Diagnostic("E108", f"there is no {kind} `{name}`", help=help_)])


def _outcomes(
    registry: Registry, registered: Registered, values: Values, *, edges: bool
) -> Iterator[Outcome]:
    """Every check of the plugin, in order; nothing of what an author wrote stops the rest."""
    try:
        given = examples(registry, registered) | dict(values)
        whole = subject(registry, registered, given)
    except Exception as error:  # noqa: BLE001 - whatever an author's declaration raises
        yield Outcome("declaration", "", "failed", _told(error))
        return
    for check, function in DECLARATION:
        yield _outcome(check, "", partial(function, whole))
    for check, function in OTHER.get(whole.kind, ()):
        yield _outcome(check, whole.case, partial(function, whole))
    arrays = ARRAYS.get(whole.kind)
    if arrays is None:
        if whole.kind not in OTHER:
            yield _outcome("built", whole.case, partial(_built, whole))
        return
    yield from _over_arrays(arrays, whole)
    if edges:
        yield from _at_edges(arrays, whole, given)
    else:
        yield Outcome("edges", "", "skipped", "they were not asked for")


def _over_arrays(arrays: Callable[[Subject], Iterator[Probe]], whole: Subject) -> Iterator[Outcome]:
    probes = cache(lambda: list(arrays(whole)))
    for check, function in probe.CHECKS:
        yield _outcome(check, whole.case, lambda function=function: probe.over(probes(), function))
    others = list(contexts(whole.part).items())[1:]
    for words, context in others:
        there = attrs.evolve(whole, context=context, case=words)
        yield _outcome("eval_shape", words, lambda there=there: probe.over(arrays(there), probe.eval_shape))


def _at_edges(
    arrays: Callable[[Subject], Iterator[Probe]], whole: Subject, given: Values
) -> Iterator[Outcome]:
    for name, value in _edges(whole):
        there = _changed(whole, given, name, value)
        if there is not None:
            yield _outcome("edges", there.case, partial(_at_edge, arrays, there, value))


def _at_edge(arrays: Callable[[Subject], Iterator[Probe]], there: Subject, value: Any) -> None:
    """Sizes and names are only traced; with a number the functions run, and what was random may be so no more."""
    try:
        found = [one._replace(random="may") if one.random == "must" else one for one in arrays(there)]
    except RcmvaeError as refused:
        raise Skip(f"it is refused in words: {refused.diagnostics[0].message}") from None
    probe.over(found, probe.compiled if isinstance(value, float) else probe.eval_shape)


def _edges(whole: Subject) -> Iterator[tuple[str, Any]]:
    current = table(whole.part.params, whole.registry.kinds)
    for name, field in fields(type(whole.part.params)).items():
        for value in subjects.edges(field):
            too_big = isinstance(value, int) and not isinstance(value, bool) and abs(value) > _BIG
            if value != current.get(name) and not too_big:
                yield name, value


def _changed(whole: Subject, given: Values, name: str, value: Any) -> Subject | None:
    """The plugin with one other value; None where its other parameters rule that out."""
    part, found = read(whole.registry, whole.kind, whole.name, dict(given) | {name: value})
    if part is None or any(d.severity == "error" for d in found):
        return None
    return attrs.evolve(whole, part=part, case=f"{name} = {value!r}")


def _built(whole: Subject) -> None:
    """A part of a kind that the core does not know: it is built, and satisfies its kind's protocol."""
    found = whole.build()
    path = whole.registry.kinds[whole.kind].protocol
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


def _announced(outcomes: Iterable[Outcome], expected: Mapping[str, str]) -> Iterator[Outcome]:
    """The same with failures that were expected; one that was expected and passes everywhere is a failure."""
    found = list(outcomes)
    failing = {outcome.check for outcome in found if outcome.state == "failed"}
    for outcome in found:
        if outcome.state == "failed" and outcome.check in expected:
            yield attrs.evolve(
                outcome, state="expected", message=f"{expected[outcome.check]} ({outcome.message})"
            )
        else:
            yield outcome
    for check, reason in expected.items():
        if check not in failing:
            yield Outcome(
                check, "", "failed", f"it was expected to fail ({reason}), and does not: say so no more"
            )
