"""Names the plugin whose code failed: by the plugin that was called, or by the packages on a traceback."""

from __future__ import annotations

import re
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.registry import BUILT_INS, Registry
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec

_HELP = "report it to its author; `--verbose` shows the traceback"
_LONGEST = 300
_RAISED = re.compile(r"^[A-Za-z_][\w.]*: .+$", re.MULTILINE)
"""The last line of a traceback."""
_NO_NUMBERS = frozenset({"tracker", "metric", "figure", "score", "calibrator", "acquisition", "projection"})
"""Kinds that no number of a model depends on."""


@contextmanager
def refusals(part: ResolvedPart) -> Generator[None]:
    """Turn a ValueError, by which a plugin says that it does not support its parameters here, into an E217.

    Args:
        part: the plugin whose code runs in the block.
    """
    try:
        yield
    except ValueError as error:
        help_ = [f"see `rcmvae plugins show {part.kind} {part.name}`"]
        diagnostic = Diagnostic("E217", f"{part}: {error}", part.place, help=help_)
        raise RcmvaeError([diagnostic]) from error


@contextmanager
def plugin_errors(part: ResolvedPart) -> Generator[None]:
    """Turn what a plugin's code raises into diagnostics.

    A ValueError is one of `refusals`. Anything else is an error of its code (E218), which of a built-in plugin is a bug and
    is raised as it is.

    Args:
        part: the plugin whose code runs in the block.
    """
    try:
        with refusals(part):
            yield
    except RcmvaeError:
        raise
    except Exception as error:
        if part.registered.distribution.name == BUILT_INS:
            raise
        raise RunError([failure(part, error)]) from error


def failure(part: ResolvedPart, error: Exception | str, function: str = "") -> Diagnostic:
    """Return the E218 for a plugin whose code failed.

    Args:
        part: the plugin.
        error: what it raised, or what is wrong with its result.
        function: the function of its record that was called, if it has several.

    Returns:
        The diagnostic, at the plugin's place in the spec.
    """
    name, version = part.registered.distribution
    called = f": `{function}`" if function else ""
    return Diagnostic("E218", f"{part} of {name} {version}{called} {_cause(error)}", part.place, help=[_HELP])


def name_plugins(error: BaseException, resolved: ResolvedSpec) -> RunError | None:
    """Return an error that names the plugins of other packages, where it is unknown which one failed.

    Args:
        error: any exception; numbers that are not finite, or a tracer that left its function, have no frame of a plugin.
        resolved: the spec.

    Returns:
        The error; None if it is another one, or if the spec names no such plugin.
    """
    names = other_plugins(resolved)
    if not names:
        return None
    help_ = f"plugins of other packages take part: {', '.join(names)}"
    if isinstance(error, RunError) and {each.code for each in error.diagnostics} & {"E401"}:
        return RunError(attrs.evolve(each, help=(*each.help, help_)) for each in error.diagnostics)
    if type(error).__name__ == "UnexpectedTracerError":  # of JAX, which is not imported here
        message = "a plugin keeps a value of a traced function, and uses it in another one"
        return RunError([Diagnostic("E218", message, help=[help_, _HELP])])
    return None


def other_plugins(resolved: ResolvedSpec) -> list[str]:
    """Return the plugins of a spec that are not built in, each with its distribution and version."""
    parts = {part.registered: part for part in resolved.every_part()}
    return [
        f"{part.kind} `{part.name}` of {registered.distribution.name} {registered.distribution.version}"
        for registered, part in parts.items()
        if registered.distribution.name != BUILT_INS and part.kind not in _NO_NUMBERS
    ]


def failure_of_code(error: BaseException, registry: Registry) -> Diagnostic | None:
    """Return the E218 for an exception that passed through code of a plugin's package.

    Args:
        error: the exception; one of a compiled program has the lines of a host callback in its message.
        registry: the installed plugins.

    Returns:
        The diagnostic; None if no package of another distribution than the built-ins' is on the way.
    """
    packages = _packages(registry)
    for module in [*_modules_in_frames(error), *_modules_in_message(error)][::-1]:
        owner = packages.get(module)
        if owner is not None:
            message = f"code of {owner.name} {owner.version} {_cause(error)}"
            return Diagnostic("E218", message, help=[_HELP])
    return None


def _cause(error: BaseException | str) -> str:
    if isinstance(error, str):
        return error
    raised = _RAISED.findall(str(error)) if "Traceback" in str(error) else []
    if raised:  # XLA hands on the traceback of a host callback
        text = f"raised {raised[-1]} in a host callback"
    else:
        first = next((line for line in str(error).splitlines() if line.strip()), "")
        text = f"raised {type(error).__name__}: {first}" if first else f"raised {type(error).__name__}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _packages(registry: Registry) -> dict[str, Distribution]:
    """Return the distribution of each package that plugins of other distributions are implemented in."""
    return {
        registered.plugin.impl.partition(":")[0].partition(".")[0]: registered.distribution
        for registered in registry
        if registered.distribution.name != BUILT_INS
    }


def _modules_in_frames(error: BaseException) -> Iterator[str]:
    """Yield the package of each frame, outermost first."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        yield str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _modules_in_message(error: BaseException) -> Iterator[str]:
    """Yield the folders of each module that the message names: lines of a host callback, or where a tracer was leaked."""
    for path in re.findall(r"[^\s\"']+\.py\b", str(error)):
        yield from Path(path).parts
