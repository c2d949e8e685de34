"""Run the checks of a plugin, for several parameters and sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import attrs

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.declaration import Registered, load_object
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.write import table
from rcmvae_core.testing import function_checks
from rcmvae_core.testing.checks_by_kind import DECLARATION_CHECKS, FUNCTION_CASES, KIND_CHECKS, MakeCases
from rcmvae_core.testing.parameter_values import edge_values, example_values
from rcmvae_core.testing.plugin_case import PluginCase, Values, compatible_contexts, make_case, read_part
from rcmvae_core.testing.report import CheckFailed, CheckResult, CheckSkipped

_LARGEST_SIZE = 4096
"""Integers above it are not used as edges, since some are sizes of arrays."""


def run_checks(
    registry: Registry, registered: Registered, values: Values, *, edges: bool
) -> Iterator[CheckResult]:
    """Run every check of a plugin; an exception in the plugin's code is a failed check.

    Args:
        registry: the plugins around it.
        registered: the plugin.
        values: parameters, as in a spec; others get their defaults or an example.
        edges: whether to check parameters at their bounds.

    Yields:
        The results, in order.
    """
    try:
        values = example_values(registry, registered) | dict(values)
        case = make_case(registry, registered, values)
    except Exception as error:  # noqa: BLE001 - the declaration may raise anything
        yield CheckResult("declaration", "", "failed", _message(error))
        return
    for check, function in DECLARATION_CHECKS:
        yield _run(check, "", partial(function, case))
    for check, function in KIND_CHECKS.get(case.part.kind, ()):
        yield _run(check, case.label, partial(function, case))
    make_cases = FUNCTION_CASES.get(case.part.kind)
    if make_cases is None:
        if case.part.kind not in KIND_CHECKS:
            yield _run("built", case.label, partial(_check_protocol, case))
        return
    yield from _check_functions(make_cases, case)
    if edges:
        yield from _check_edges(make_cases, case, values)
    else:
        yield CheckResult("edges", "", "skipped", "not requested")


def _check_functions(make_cases: MakeCases, case: PluginCase) -> Iterator[CheckResult]:
    """Run all function checks, and only tracing for the other sizes.

    Yields:
        A result for each check.
    """
    functions = cache(lambda: list(make_cases(case)))
    for name, check in function_checks.CHECKS:
        yield _run(name, case.label, lambda check=check: function_checks.check_all(functions(), check))
    for label, context in list(compatible_contexts(case.part).items())[1:]:
        other = attrs.evolve(case, context=context, label=label)
        yield _run("eval_shape", label, partial(_trace, make_cases, other))


def _trace(make_cases: MakeCases, case: PluginCase) -> None:
    function_checks.check_all(make_cases(case), function_checks.check_shapes)


def _check_edges(make_cases: MakeCases, case: PluginCase, values: Values) -> Iterator[CheckResult]:
    """Check the plugin with each parameter at its bounds, one at a time.

    Yields:
        A result for each bound.
    """
    for name, value in _edges(case):
        edge_case = _with_value(case, values, name, value)
        if edge_case is not None:
            yield _run("edges", edge_case.label, partial(_check_edge, make_cases, edge_case, value))


def _check_edge(make_cases: MakeCases, case: PluginCase, value: Any) -> None:
    """Run the functions with a float at its bound, and only trace them with another value.

    Args:
        make_cases: the functions of the kind.
        case: the plugin with the value.
        value: the value at a bound.

    Raises:
        CheckFailed: if a function violates its contract.
        CheckSkipped: if the plugin rejects the value with an error message.
    """
    try:
        # At a bound, such as a scale of zero, a random function may become deterministic.
        functions = [f._replace(random="may") if f.random == "must" else f for f in make_cases(case)]
    except RcmvaeError as error:
        message = f"rejected with an error message: {error.diagnostics[0].message}"
        raise CheckSkipped(message) from None
    is_float = isinstance(value, float)
    check = function_checks.check_compiled if is_float else function_checks.check_shapes
    function_checks.check_all(functions, check)


def _edges(case: PluginCase) -> Iterator[tuple[str, Any]]:
    """Yield parameters and edge values that differ from the current ones."""
    current = table(case.part.params, case.registry.kinds)
    for name, field in fields(type(case.part.params)).items():
        for value in edge_values(field):
            is_integer = isinstance(value, int) and not isinstance(value, bool)
            if value != current.get(name) and not (is_integer and abs(value) > _LARGEST_SIZE):
                yield name, value


def _with_value(case: PluginCase, values: Values, name: str, value: Any) -> PluginCase | None:
    """Return the plugin with one other value.

    Args:
        case: the plugin.
        values: its parameters.
        name: the parameter to change.
        value: its new value.

    Returns:
        The new case; None if other parameters exclude the value.
    """
    kind, plugin_name = case.part.kind, case.part.name
    part, diagnostics = read_part(case.registry, kind, plugin_name, dict(values) | {name: value})
    if part is None or any(d.severity == "error" for d in diagnostics):
        return None
    return attrs.evolve(case, part=part, label=f"{name} = {value!r}")


def _check_protocol(case: PluginCase) -> None:
    """Check a plugin of a kind that another package defines: it can be built, and satisfies the kind's protocol."""
    built = case.build()
    path = case.registry.kinds[case.part.kind].protocol
    if path is not None and not isinstance(built, load_object(path)):
        raise CheckFailed(f"`{type(built).__name__}` does not satisfy the protocol `{path}`")


def _run(check: str, label: str, function: Callable[[], None]) -> CheckResult:
    """Return the result of a check.

    Args:
        check: its name.
        label: the parameters and sizes.
        function: the check.
    """
    try:
        function()
    except CheckSkipped as reason:
        return CheckResult(check, label, "skipped", str(reason))
    except Exception as error:  # noqa: BLE001 - whatever a plugin's code raises is a finding
        return CheckResult(check, label, "failed", _message(error))
    return CheckResult(check, label, "passed")


def _message(error: Exception) -> str:
    if isinstance(error, CheckFailed):
        return str(error)
    if isinstance(error, RcmvaeError):
        return "; ".join(f"{d.code}: {d.message}" for d in error.diagnostics)
    reason = next((line for line in str(error).splitlines() if line.strip()), "no reason given")
    return f"it raised {type(error).__name__}: {reason}"
