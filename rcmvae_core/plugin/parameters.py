"""Declares parameters of plugins: one attrs field each, the single source for checks, help, schema and `fill`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import ge, gt, le, lt
from typing import Any, Literal, NamedTuple, get_args, get_origin

import attrs

from rcmvae_core.errors import quoted
from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.type_names import describe_type, with_article

ScheduleFn = Callable[[Any], Any]
"""The type of a scheduled parameter as an implementation sees it: a function from the step to a scalar."""

_KEY = "rcmvae"


@attrs.frozen
class Param:
    """The documentation and the rules of one parameter.

    Args:
        doc: one sentence; states the unit where there is one.
        ge, gt, le, lt: bounds of a number, of every number in a list or a table, of a schedule's values, or of a
            duration's amount, whatever its unit.
        min_length: the minimum length of a list or a table.
        choices: the allowed values; None allows all.
        kind: the kind of plugin that the value names (a nested table such as a schedule); None for a plain value.
        many: whether the value names any number of plugins of `kind`, each once, in their order.
        renamed_from: old names, accepted with a warning.
        deprecated: why the parameter is deprecated and what to use instead.
        path: whether the value is the path of a file or folder, which a run then finds from any working folder.
    """

    doc: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    choices: tuple[Any, ...] | None = None
    kind: str | None = None
    many: bool = False
    renamed_from: tuple[str, ...] = ()
    deprecated: str | None = None
    path: bool = False

    def violation(self, value: Any) -> str | None:
        """Return the rule that `value` breaks, such as `must be at least 0`; None if it breaks none."""
        if isinstance(value, Mapping):
            value = tuple(value.values())
        if isinstance(value, Sequence) and not isinstance(value, str):
            if self.min_length is not None and len(value) < self.min_length:
                return f"must have at least {self.min_length} elements"
            return next((reason for item in value if (reason := self.violation(item))), None)
        if self.choices is not None and value not in self.choices:
            return f"must be one of {quoted(self.choices)}"
        if isinstance(value, Duration):
            value = value.amount
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        bounds = (
            ("at least", self.ge, lt),
            ("greater than", self.gt, le),
            ("at most", self.le, gt),
            ("less than", self.lt, ge),
        )
        for words, bound, breaks in bounds:
            if bound is not None and breaks(value, bound):
                return f"must be {words} {_tidy(bound)}"
        return None

    def interval(self) -> str:
        """Return the bounds as an interval such as `[0, 1)`; an empty string without bounds."""
        if self.ge is self.gt is self.le is self.lt is None:
            return ""
        low, high = "(-inf", "inf)"
        if self.ge is not None:
            low = f"[{_tidy(self.ge)}"
        elif self.gt is not None:
            low = f"({_tidy(self.gt)}"
        if self.le is not None:
            high = f"{_tidy(self.le)}]"
        elif self.lt is not None:
            high = f"{_tidy(self.lt)})"
        return f"{low}, {high}"


def _tidy(bound: float) -> str:
    return f"{bound:.12g}"  # 2**32 in full, and 1e12 still short


def param(default: Any = attrs.NOTHING, *, doc: str, **rules: Any) -> Any:
    """Declare a parameter in an attrs class; without a default it is required.

    Args:
        default: the value when a spec does not give one.
        doc: one sentence for `plugins show`, `fill` and the schema.
        **rules: the other fields of `Param`.

    Example:
        >>> @attrs.frozen
        ... class GateParams:
        ...     width: int = param(64, doc="Units of the gate.", ge=1, le=4096)
        >>> fields(GateParams)["width"].rule.ge
        1
    """
    return attrs.field(default=default, metadata={_KEY: Param(doc, **rules)})


def schedule(default: float | attrs.NothingType = attrs.NOTHING, *, doc: str, **rules: Any) -> Any:
    """Declare a parameter that follows a schedule; a spec may give a number or a schedule's table.

    Args:
        default: the value when a spec does not give one; without a default the parameter is required.
        doc: one sentence, as of `param`.
        **rules: the other fields of `Param`; bounds hold for every value of the schedule.
    """
    return param(default, doc=doc, kind="schedule", **rules)


@attrs.frozen
class Field:
    """A declared parameter.

    Args:
        name: the attribute's name, which is the key in a spec.
        type: the resolved type annotation.
        default: the default; `attrs.NOTHING` if the parameter is required.
        rule: its documentation and rules.
    """

    name: str
    type: Any
    default: Any
    rule: Param

    @property
    def required(self) -> bool:
        """Whether a spec must give the parameter."""
        return self.default is attrs.NOTHING

    @property
    def record(self) -> type | None:
        """The attrs class of a parameter that is a table of parameters itself; None for any other."""
        return next(filter(_is_record, (self.type, *get_args(self.type))), None)

    @property
    def type_name(self) -> str:
        """The type as a user reads it, such as `integer` or `number or schedule`."""
        if self.rule.kind == "schedule":
            return "number or schedule"
        if self.rule.kind is None:
            return describe_type(self.type)
        return f"table of {self.rule.kind}s" if self.rule.many else self.rule.kind

    @property
    def expected(self) -> str:
        """The type with its article, for messages: `an integer`, `a number or a schedule`."""
        if self.rule.kind is None:
            return describe_type(self.type, article=True)
        return " or ".join(map(with_article, self.type_name.split(" or ")))


def _is_record(type_: Any) -> bool:
    return attrs.has(type_) and any(_KEY in attribute.metadata for attribute in attrs.fields(type_))


@cache
def fields(cls: type) -> dict[str, Field]:
    """Return the parameters of an attrs class, by name; the same dict at every call, which is not to be changed.

    Raises:
        TypeError: if `cls` is not an attrs class, or a field was not declared with `param`.
    """
    if not attrs.has(cls):
        raise TypeError(f"{cls.__name__} is not an attrs class")
    if any(isinstance(a.type, str) for a in attrs.fields(cls)):
        attrs.resolve_types(cls)
    declared: dict[str, Field] = {}
    for attribute in attrs.fields(cls):
        rule = attribute.metadata.get(_KEY)
        if rule is None:
            raise TypeError(f"{cls.__name__}.{attribute.name} is not declared with `param(..., doc=...)`")
        if get_origin(attribute.type) is Literal:
            rule = attrs.evolve(rule, choices=get_args(attribute.type))
        declared[attribute.name] = Field(attribute.name, attribute.type, attribute.default, rule)
    return declared


class Capabilities(NamedTuple):
    """Capability tokens that depend on parameters, as `params.capabilities()` returns them.

    They are added to those of the plugin's declaration.

    Args:
        provides: as of a `Plugin`.
        requires: as of a `Plugin`.
        conflicts: as of a `Plugin`.
    """

    provides: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


@attrs.frozen
class NoParams:
    """The parameters of a plugin that has none."""
