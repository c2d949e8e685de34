"""Names of plugins and packages that are asked for, and why one cannot be had."""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.kinds import KINDS
from rcmvae_core.registry import Registry
from rcmvae_core.structure import suggest

_FORM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SHORTEST, _LONGEST = 2, 27
_OURS = {"params": "the module of parameters", "conformance": "the test of conformance"}
_PYTEST = "conftest"


class Wanted(NamedTuple):
    """A plugin to write."""

    kind: str
    name: str


def camel(name: str) -> str:
    """A name as that of a class.

    Example:
        >>> camel("my_gate")
        'MyGate'
    """
    return "".join(word.capitalize() for word in name.split("_"))


def pairs(words: Sequence[str]) -> list[Wanted]:
    """The plugins of a command line, KIND NAME KIND NAME ...

    Raises:
        RcmvaeError: E109 if the last kind has no name.
    """
    if len(words) % 2:
        help_ = ["write KIND NAME for each plugin, such as conditioner my_gate"]
        raise RcmvaeError(
            [Diagnostic("E109", f"`{words[-1]}` is a kind or a name without the other", help=help_)]
        )
    return [Wanted(kind, name) for kind, name in zip(words[::2], words[1::2], strict=True)]


def faults(wanted: Sequence[Wanted], package: str, registry: Registry) -> list[Diagnostic]:
    """Everything that is wrong with these names, together.

    Args:
        wanted: the plugins to write.
        package: the Python package that will hold them.
        registry: what is installed already.
    """
    found = list(_of_package(package))
    for each in dict.fromkeys(wanted):
        found += [*_of_kind(each.kind), *_of_name(each, registry)]
    repeated = Counter(camel(each.name) for each in wanted)
    for each in wanted:
        if repeated.pop(camel(each.name), 0) > 1:
            message = f"`{each.name}` would be the name of two files or classes of one package"
            found.append(_fault(message, "give each plugin of a package a name of its own"))
    return list(dict.fromkeys(found))


def _of_kind(kind: str) -> Iterator[Diagnostic]:
    known = sorted(k.name for k in KINDS)
    if kind not in known:
        yield Diagnostic(
            "E108", f"there is no kind `{kind}` to start from", help=suggest(kind, known, "kinds")
        )


def _of_name(wanted: Wanted, registry: Registry) -> Iterator[Diagnostic]:
    kind, name = wanted
    yield from _of_form(name)
    if name in _OURS:
        yield _fault(f"`{name}` is the name of {_OURS[name]} of every package", "choose another name")
    claims = registry.claims(kind, name)
    newer = registry.renamed(kind, name)
    if claims:
        owner = claims[0].distribution
        message = f"{kind} `{name}` is taken: {owner.name} {owner.version} has one"
        yield _fault(message, f"choose another name; `rcmvae plugins show {kind} {name}` shows the other")
    elif newer:
        yield _fault(f"{kind} `{name}` is taken: `{newer}` was called so", "choose another name")


def _of_package(package: str) -> Iterator[Diagnostic]:
    wrong = list(_of_form(package))
    yield from wrong
    if package == _PYTEST:
        yield _fault(f"`{package}` is a module of pytest's", "choose another with --package")
    elif not wrong and find_spec(package) is not None:
        message = f"package `{package}` would hide another: a module of that name can be imported already"
        yield _fault(message, "choose another with --package")


def _of_form(name: str) -> Iterator[Diagnostic]:
    """Why a name cannot be that of a module and a function; the longest still fits the lines that hold it."""
    if not _FORM.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")
        help_ = f"such as `{near}`" if _FORM.fullmatch(near) else "such as `my_gate`"
        yield _fault(
            f"`{name}` is not snake_case: lower-case letters and digits, joined by single `_`", help_
        )
    elif not _SHORTEST <= len(name) <= _LONGEST:
        help_ = f"take {_SHORTEST} to {_LONGEST} characters"
        yield _fault(f"`{name}` has {len(name)} character{'s' if len(name) > 1 else ''}", help_)
    elif name.startswith("test"):
        yield _fault(
            f"pytest would take `{name}` for a test", "choose a name that does not begin with `test`"
        )
    elif keyword.iskeyword(name) or hasattr(builtins, name):
        yield _fault(f"`{name}` is a word of Python's own", "choose another name")


def _fault(message: str, help_: str) -> Diagnostic:
    return Diagnostic("E109", message, help=[help_])
