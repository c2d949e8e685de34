"""Defines the declarations of kinds and plugins: frozen records that name implementations by string."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import attrs

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CONDITION = " if "
_OBJECT = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def _matches(pattern: re.Pattern[str], form: str) -> Callable[[Any, attrs.Attribute[Any], object], None]:
    def check(_: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"{attribute.name} must have the form `{form}`, got {value!r}")

    return check


_is_name = _matches(_NAME, "snake_case")
_is_object = _matches(_OBJECT, "package.module:attribute")
Names = tuple[str, ...]


@attrs.frozen
class Kind:
    """A kind of plugin: where a spec names it, and which capability tokens its plugins may provide.

    Args:
        name: the kind's name, such as `prior`.
        summary: one line.
        table: the dotted path of the spec's table that names the plugin; empty for a kind used only inside parameters.
        slot: `one` plugin, an `optional` one, `many` (each at most once), or `labelled` (many, each under a
            label that the spec chooses).
        tokens: the capability tokens that plugins of this kind may provide, with their meaning.
        keys: `package.module:Class` of parameters that the core reads from the same table, beside the plugin.
        shorthand: the plugin and its parameter that a bare value stands for, such as `constant.value`.
        default: what a spec without the table gets: nothing, or every plugin that needs no parameters and
            whose requirements are met.
        protocol: `package.module:Class` that an implementation must satisfy.
        needed_by: what cannot do without its plugins: `model`, every use of a trained model; `training`, only training
            and what reads the run's own data; `analysis`, only descriptions of a trained model, which do without one
            that is missing.
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
    needed_by: Literal["model", "training", "analysis"] = "model"

    @property
    def path(self) -> Names:
        """The path of the table; empty for a kind without a table."""
        return tuple(self.table.split(".")) if self.table else ()


@attrs.frozen
class Plugin:
    """The declaration of a plugin, which a spec can name.

    Args:
        kind: the plugin's kind.
        name: its name in a spec, unique within the kind.
        summary: one line.
        impl: `package.module:function`, imported only by a run; called with the parameters and a `BuildContext`.
        params: `package.module:Class`, an attrs class in a module that does not import JAX.
        provides: capability tokens of its own kind; `TOKEN if OTHER` is provided if another plugin or the core's
            tables provide `OTHER`.
        requires: tokens that another plugin or the core's tables must provide.
        conflicts: tokens that no other plugin may provide.
        renamed_from: old names, accepted with a warning.
        deprecated: why the plugin is deprecated and what to use instead.
        unit: what the values of a metric are measured in, such as `nats`; empty for shares and counts.
        upgrade: `package.module:function`, `(arrays, version) -> arrays`: carries the arrays of a checkpoint, by path
            such as `params/encoder/logits/bias`, from the version of this distribution that wrote them to this one.

    Example:
        >>> Plugin("conditioner", "gate", summary="A gate.", impl="my_gate.net:gate").params
        'rcmvae_core.plugin.parameters:NoParams'
    """

    kind: str = attrs.field(validator=_is_name)
    name: str = attrs.field(validator=_is_name)
    summary: str = attrs.field(kw_only=True)
    impl: str = attrs.field(kw_only=True, validator=_is_object)
    params: str = attrs.field(
        kw_only=True, default="rcmvae_core.plugin.parameters:NoParams", validator=_is_object
    )
    provides: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    requires: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    conflicts: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    renamed_from: Names = attrs.field(kw_only=True, default=(), converter=tuple)
    deprecated: str | None = attrs.field(kw_only=True, default=None)
    unit: str = attrs.field(kw_only=True, default="")
    upgrade: str | None = attrs.field(
        kw_only=True, default=None, validator=attrs.validators.optional(_is_object)
    )


class Distribution(NamedTuple):
    """An installed distribution package; tests and notebooks may also make one by hand."""

    name: str
    version: str


def requirement(distribution: Distribution) -> str:
    """Return the command that installs this version of a distribution."""
    return f"pip install {distribution.name}=={distribution.version}"


class Registered(NamedTuple):
    """A plugin and the distribution that declares it."""

    plugin: Plugin
    distribution: Distribution


def claim(text: str) -> tuple[str, str]:
    """Split a provided token into the token and the one that it depends on, which may be empty.

    Example:
        >>> claim("prior.marginal if layout.shared"), claim("latent.channels")
        (('prior.marginal', 'layout.shared'), ('latent.channels', ''))
    """
    token, _, condition = text.partition(_CONDITION)
    return token, condition


def load_object(path: str) -> Any:
    """Import the object that a `package.module:attribute` string names.

    Raises:
        ImportError: if the module tried to exit the program.
        Exception: whatever else the import raises.
    """
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ImportError(f"importing {module} raised {type(error).__name__}: {error}") from error
