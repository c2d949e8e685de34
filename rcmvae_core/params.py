"""Parameters of parts: one attrs field each, recorded once for checks, help, schema and `fill`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args, get_origin

import attrs

ScheduleFn = Callable[[Any], Any]
"""The type of a parameter that follows a schedule, as an implementation sees it: step to value, scalars."""

_KEY = "rcmvae"
_LONGEST = 40
DURATION = re.compile(r"\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(steps?|epochs?)\s*", re.ASCII)


@attrs.frozen
class Duration:
    """A length of training, in steps or epochs.

    Args:
        amount: how many.
        unit: of which.

    Example:
        >>> Duration.parse("30 epochs").steps(steps_per_epoch=10)
        300
        >>> Duration.parse(500).steps(steps_per_epoch=10)
        500
    """

    amount: float
    unit: Literal["steps", "epochs"] = "steps"

    @classmethod
    def parse(cls, value: object) -> Duration:
        """Read an integer (steps) or a text such as `"30 epochs"`.

        Raises:
            ValueError: if it is neither, or negative.
        """
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
            return cls(value)
        match = DURATION.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST else None
        if match is None:
            raise ValueError('expected steps as an integer, or a text such as "30 epochs"')
        unit = "epochs" if match[2].startswith("epoch") else "steps"
        amount = float(match[1])
        if unit == "steps" and not amount.is_integer():
            raise ValueError("steps are whole")
        if amount >= 2**31:
            raise ValueError("a duration is less than 2**31")
        return cls(amount, unit)

    def steps(self, steps_per_epoch: int) -> int:
        """The duration in steps, rounded to the nearest."""
        return round(self.amount * (steps_per_epoch if self.unit == "epochs" else 1))

    def __str__(self) -> str:
        return (
            f"{self.amount!r} {self.unit}".replace(".0 ", " ")
            if self.unit == "epochs"
            else f"{self.amount:.0f}"
        )


@attrs.frozen
class Param:
    """What is known of one parameter besides its name and type.

    Args:
        doc: one sentence; says the unit where there is one.
        ge, gt, le, lt: bounds of a number, or of every number in a list, or of a schedule's values.
        min_length: the fewest elements of a list.
        choices: the only values allowed.
        kind: the value is a part of this kind (a nested table that names a plugin).
        renamed_from: older spellings, accepted with a warning.
        deprecated: why it should not be used any more, and what to use.
    """

    doc: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    choices: tuple[Any, ...] | None = None
    kind: str | None = None
    renamed_from: tuple[str, ...] = ()
    deprecated: str | None = None

    def violation(self, value: Any) -> str | None:
        """The bound that `value` breaks, in words; None when it keeps all."""
        if isinstance(value, Sequence) and not isinstance(value, str):
            if self.min_length is not None and len(value) < self.min_length:
                return f"must have at least {self.min_length} elements"
            return next((why for item in value if (why := self.violation(item))), None)
        if self.choices is not None and value not in self.choices:
            return "must be one of " + ", ".join(f"`{choice}`" for choice in self.choices)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        return next(
            (f"must be {words} {_tidy(bound)}" for words, bound, broken in self._checks(value) if broken),
            None,
        )

    def _checks(self, value: float) -> list[tuple[str, float, bool]]:
        bounds = [
            ("at least", self.ge, lambda v, b: v < b),
            ("greater than", self.gt, lambda v, b: v <= b),
            ("at most", self.le, lambda v, b: v > b),
            ("less than", self.lt, lambda v, b: v >= b),
        ]
        return [(words, bound, broken(value, bound)) for words, bound, broken in bounds if bound is not None]

    def interval(self) -> str:
        """The bounds as mathematics, such as `[0, 1)`; empty when there are none."""
        if self.ge is self.gt is self.le is self.lt is None:
            return ""
        low = (
            f"[{_tidy(self.ge)}"
            if self.ge is not None
            else f"({_tidy(self.gt)}"
            if self.gt is not None
            else "(-inf"
        )
        high = (
            f"{_tidy(self.le)}]"
            if self.le is not None
            else f"{_tidy(self.lt)})"
            if self.lt is not None
            else "inf)"
        )
        return f"{low}, {high}"


def _tidy(bound: float) -> str:
    return f"{bound:.12g}"  # 2**32 in full, and 1e12 still short


def param(default: Any = attrs.NOTHING, *, doc: str, **rules: Any) -> Any:
    """Declare a parameter in an attrs class; without a default it is required.

    Args:
        default: the value when a spec is silent.
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
        default: the value when a spec is silent; without one it is required.
        doc: one sentence, as of `param`.
        **rules: the other fields of `Param`; bounds hold for every value of the schedule.
    """
    return param(default, doc=doc, kind="schedule", **rules)


@attrs.frozen
class Field:
    """A parameter as the rest of the program sees it."""

    name: str
    type: Any
    default: Any
    rule: Param

    @property
    def required(self) -> bool:
        """Whether a spec must give it."""
        return self.default is attrs.NOTHING

    @property
    def type_name(self) -> str:
        """The type in the words of a spec's author."""
        if self.rule.kind == "schedule":
            return "number or schedule"
        return self.rule.kind or describe_type(self.type)


_TYPE_NAMES: Mapping[Any, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "text",
    Duration: 'duration (steps, or a text such as "30 epochs")',
    type(None): "nothing",
}


def describe_type(type_: Any) -> str:
    """Name a type for a person: `integer`, `list of numbers`, ...

    Example:
        >>> describe_type(tuple[int, ...])
        'list of integer'
    """
    if type_ in _TYPE_NAMES:
        return _TYPE_NAMES[type_]
    arguments = get_args(type_)
    if get_origin(type_) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in arguments)
    if get_origin(type_) is tuple:
        if arguments[-1] is Ellipsis:
            return f"list of {describe_type(arguments[0])}"
        return "list of " + ", ".join(describe_type(argument) for argument in arguments)
    return " or ".join(describe_type(a) for a in arguments if a is not type(None)) or str(type_)


def fields(cls: type) -> dict[str, Field]:
    """The parameters of an attrs class, by name.

    Raises:
        TypeError: if it is no attrs class, or a field was not declared with `param`.
    """
    if not attrs.has(cls):
        raise TypeError(f"{cls.__name__} is not an attrs class")
    if any(isinstance(a.type, str) for a in attrs.fields(cls)):
        attrs.resolve_types(cls)
    found: dict[str, Field] = {}
    for attribute in attrs.fields(cls):
        rule = attribute.metadata.get(_KEY)
        if rule is None:
            raise TypeError(f"{cls.__name__}.{attribute.name} is not declared with `param(..., doc=...)`")
        if get_origin(attribute.type) is Literal:
            rule = attrs.evolve(rule, choices=get_args(attribute.type))
        found[attribute.name] = Field(attribute.name, attribute.type, attribute.default, rule)
    return found


class Capabilities(NamedTuple):
    """Tokens that depend on parameters: what `params.capabilities()` returns, added to the declaration's.

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
    """For a plugin without parameters."""
