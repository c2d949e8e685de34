"""Declarations of kinds and plugins: frozen records, implementations named by string."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CONDITION = " if "
_OBJECT = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def _matches(pattern: re.Pattern[str], shape: str) -> Callable[[Any, attrs.Attribute[Any], object], None]:
    def check(_: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"{attribute.name} must look like `{shape}`, got {value!r}")

    return check


_is_name = _matches(_NAME, "snake_case")
_is_object = _matches(_OBJECT, "package.module:attribute")
Names = tuple[str, ...]


@attrs.frozen
class Kind:
    """A kind of part: where a spec names it, and which capabilities its parts may claim.

    Args:
        name: such as `prior`.
        summary: one line.
        table: the spec's table that names the part, dotted; empty for a kind used only inside parameters.
        slot: `one` part, an `optional` one, `many` (each at most once), or `labelled` (many, each under a
            label of the spec's choosing).
        tokens: the capabilities that parts of this kind may provide, with their meaning.
        keys: `package.module:Class` of parameters that the core reads from the same table, beside the part.
        shorthand: the plugin and its parameter that a bare value stands for, such as `constant.value`.
        default: what a spec without the table gets: nothing, or every plugin that needs no parameters and
            whose requirements are met.
        protocol: `package.module:Class` that a part must satisfy.
    """

    name: str = attrs.field(validator=_is_name)
    summary: str
    table: str = ""
    slot: Literal["one", "optional", "many", "labelled"] = "optional"
    tokens: Mapping[str, str] = attrs.field(factory=dict[str, str])
    keys: str | None = attrs.field(default=None, validator=attrs.validators.optional(_is_object))
    shorthand: str | None = None
    default: Literal["none", "every"] = "none"
    protocol: str | None = attrs.field(default=None, validator=attrs.validators.optional(_is_object))

    @property
    def path(self) -> Names:
        """The table's path; empty for a nested kind."""
        return tuple(self.table.split(".")) if self.table else ()


@attrs.frozen
class Plugin:
    """A part that a spec can name.

    Args:
        kind: the kind it is a part of.
        name: its name in a spec, unique within the kind.
        summary: one line.
        impl: `package.module:function`, imported only by a run; called with the parameters and a `Context`.
        params: `package.module:Class`, an attrs class in a module without JAX.
        provides: capability tokens of its own kind; `TOKEN if OTHER` is provided where a part or the core's
            tables provide `OTHER`.
        requires: tokens that another part must provide.
        conflicts: tokens that no part may provide.
        renamed_from: older names, accepted with a warning.
        deprecated: why it should not be used any more, and what to use.

    Example:
        >>> Plugin("conditioner", "gate", summary="A gate.", impl="my_gate.net:gate").params
        'rcmvae_core.params:NoParams'
    """

    kind: str = attrs.field(validator=_is_name)
    name: str = attrs.field(validator=_is_name)
    summary: str = attrs.field(kw_only=True)
    impl: str = attrs.field(kw_only=True, validator=_is_object)
    params: str = attrs.field(kw_only=True, default="rcmvae_core.params:NoParams", validator=_is_object)
    provides: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    requires: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    conflicts: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    renamed_from: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    deprecated: str | None = attrs.field(kw_only=True, default=None)


def claim(text: str) -> tuple[str, str]:
    """A provided token, and the token that it depends on.

    Example:
        >>> claim("prior.marginal if layout.shared"), claim("latent.channels")
        (('prior.marginal', 'layout.shared'), ('latent.channels', ''))
    """
    token, _, condition = text.partition(_CONDITION)
    return token, condition


def load_object(path: str) -> Any:
    """Import what a `package.module:attribute` string names.

    Raises:
        ImportError: the module tried to end the program.
        Exception: whatever else the import raises.
    """
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ImportError(f"importing {module} raised {type(error).__name__}: {error}") from error
