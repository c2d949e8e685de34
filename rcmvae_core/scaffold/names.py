"""Parse and check the names of new plugins and packages."""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from rcmvae_core.errors import Diagnostic, fail
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.messages import suggest

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MIN_LENGTH, _MAX_LENGTH = 2, 27  # the longest still fits the line length of the templates
_RESERVED = {"params": "the module of parameters"}
_CONFTEST = "conftest"


class NewPlugin(NamedTuple):
    """A plugin to write."""

    kind: str
    name: str


def class_name(name: str) -> str:
    """Return a plugin's name as the name of a class.

    Example:
        >>> class_name("my_gate")
        'MyGate'
    """
    return "".join(word.capitalize() for word in name.split("_"))


def parse_plugins(words: Sequence[str]) -> list[NewPlugin]:
    """Parse the arguments KIND NAME KIND NAME ... of the command line.

    Returns:
        The plugins, in order.

    Raises:
        RcmvaeError: E109 if the number of words is odd.
    """
    if len(words) % 2:
        help_ = ["write KIND NAME for each plugin, such as conditioner my_gate"]
        fail("E109", f"`{words[-1]}` is not a pair of KIND and NAME", help=help_)
    return [NewPlugin(kind, name) for kind, name in zip(words[::2], words[1::2], strict=True)]


def name_errors(plugins: Sequence[NewPlugin], package: str, registry: Registry) -> list[Diagnostic]:
    """Return every error of the names of new plugins and their package.

    Args:
        plugins: the plugins to write.
        package: the Python package that will contain them.
        registry: the installed plugins.

    Returns:
        Diagnostics, E108 or E109, each once.
    """
    errors = list(_package_errors(package))
    for plugin in dict.fromkeys(plugins):
        errors += [*_kind_errors(plugin.kind), *_plugin_errors(plugin, registry)]
        if plugin.name == f"{package}_conformance":
            message = (
                f"`{plugin.name}` is reserved: the package `{package}` has the conformance test of that name"
            )
            errors.append(_error(message, "choose another name"))
    counts = Counter(class_name(plugin.name) for plugin in plugins)
    for plugin in plugins:
        if counts.pop(class_name(plugin.name), 0) > 1:
            message = f"`{plugin.name}` would be the name of two files or classes in one package"
            errors.append(_error(message, "choose a different name for each plugin of the package"))
    return list(dict.fromkeys(errors))


def _kind_errors(kind: str) -> Iterator[Diagnostic]:
    kinds = sorted(each.name for each in KINDS)
    if kind not in kinds:
        yield Diagnostic("E108", f"unknown kind `{kind}`", help=suggest(kind, kinds, "kinds"))


def _plugin_errors(plugin: NewPlugin, registry: Registry) -> Iterator[Diagnostic]:
    kind, name = plugin
    yield from _identifier_errors(name)
    if name in _RESERVED:
        yield _error(f"`{name}` is reserved: every package has {_RESERVED[name]}", "choose another name")
    claims = registry.claims(kind, name)
    current_name = registry.current_name(kind, name)
    if claims:
        owner = claims[0].distribution
        message = f"{kind} `{name}` already exists in {owner.name} {owner.version}"
        yield _error(message, f"choose another name; see `rcmvae plugins show {kind} {name}`")
    elif current_name:
        yield _error(f"{kind} `{name}` is a former name of `{current_name}`", "choose another name")


def _package_errors(package: str) -> Iterator[Diagnostic]:
    errors = list(_identifier_errors(package))
    yield from errors
    if package == _CONFTEST:
        yield _error(f"`{package}` is reserved for pytest", "choose another with --package")
    elif not errors and find_spec(package) is not None:
        message = f"package `{package}` would shadow a module of that name, which can already be imported"
        yield _error(message, "choose another with --package")


def _identifier_errors(name: str) -> Iterator[Diagnostic]:
    """Yield why a name cannot be that of a module and of a function."""
    if not _SNAKE_CASE.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")
        help_ = f"such as `{near}`" if _SNAKE_CASE.fullmatch(near) else "such as `my_gate`"
        message = f"`{name}` is not snake_case: lower-case letters and digits, joined by single `_`"
        yield _error(message, help_)
    elif not _MIN_LENGTH <= len(name) <= _MAX_LENGTH:
        help_ = f"use {_MIN_LENGTH} to {_MAX_LENGTH} characters"
        yield _error(f"`{name}` has {len(name)} character{'s' if len(name) > 1 else ''}", help_)
    elif name.startswith("test"):
        yield _error(
            f"pytest would collect `{name}` as a test", "choose a name that does not begin with `test`"
        )
    elif keyword.iskeyword(name) or hasattr(builtins, name):
        yield _error(f"`{name}` is a keyword or a built-in of Python", "choose another name")


def _error(message: str, help_: str) -> Diagnostic:
    return Diagnostic("E109", message, help=[help_])
