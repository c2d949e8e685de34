"""The path of a loss weight from TOML to the compiled step stays short: few functions are handed it on its way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import jax
import jax.numpy as jnp

from rcmvae_core.model.build import Batch
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.training.setup import prepare

QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
WEIGHT = 49.8125
MOST_FUNCTIONS, MOST_LEAVES = 20, 12
# Records that hang on every node or plugin, and say nothing about the weight.
OPAQUE = {"Place", "Source", "Span", "Plugin", "Registered", "Distribution", "BuildContext", "Registry", "Kind",
          "Field", "Param", "ErrorCollector"}  # fmt: skip


def children(value: Any) -> Iterator[Any]:
    """Yield what a container, a record, an object of ours or a closure consists of."""
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, tuple | list):
        yield from value
    elif attrs.has(type(value)):
        yield from (getattr(value, a.name, None) for a in attrs.fields(type(value)))
    elif type(value).__module__.startswith("rcmvae") and hasattr(value, "__dict__"):
        yield from vars(value).values()
    elif callable(value):
        yield from (cell.cell_contents for cell in getattr(value, "__closure__", None) or ())


def leaves(value: Any, depth: int = 0) -> list[Any]:
    """Return the leaves of a value, as far as they are few."""
    if type(value).__name__ in OPAQUE or depth > 8:
        return [None]
    if isinstance(value, str | bytes):
        return (
            [WEIGHT if str(WEIGHT) in str(value) else None]
            if len(value) < 200
            else [None] * (MOST_LEAVES + 1)
        )
    parts: list[Any] = []
    inner = list(children(value)) if not isinstance(value, float) else []
    for child in inner:
        parts += leaves(child, depth + 1)
        if len(parts) > MOST_LEAVES:
            break
    return parts or [value]


def is_about_the_weight(value: Any) -> bool:
    """Whether a value is the weight, or a small container of it: its node, its table, its schedule."""
    found = leaves(value)
    return len(found) <= MOST_LEAVES and any(isinstance(leaf, float) and leaf == WEIGHT for leaf in found)


def passed_through(work: Callable[[], Any]) -> dict[tuple[str, str], None]:
    """Run `work` and return the functions of ours that are called with the weight, in order."""
    seen: dict[tuple[str, str], None] = {}

    def profile(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        key = (code.co_filename.rpartition("rcmvae_")[2], code.co_qualname)
        ours = "rcmvae_" in code.co_filename and not code.co_filename.startswith("<")
        if event != "call" or not ours or key in seen or code.co_name.startswith("<"):
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        sys.setprofile(None)
        try:
            if any(is_about_the_weight(frame.f_locals.get(name)) for name in names):
                seen[key] = None
        finally:
            sys.setprofile(profile)

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return seen


def test_a_weight_passes_few_functions(tmp_path) -> None:
    spec = tmp_path / "spec.toml"
    text = QUICKSTART.read_text(encoding="utf-8")
    assert text.count("weight = 50.0") == 1
    spec.write_text(text.replace("weight = 50.0", f"weight = {WEIGHT}"), encoding="utf-8")
    registry = discover("only:rcmvae")

    def work() -> None:
        model = prepare(resolve_file(spec, (), registry)).model
        x = jnp.zeros((4, *model.context.input_shape))
        batch = Batch(x, x, jnp.zeros(4, jnp.int32))
        params = jax.eval_shape(model.init, jax.random.key(0), x)
        step, key = jnp.int32(0), jax.random.key(1)
        jax.eval_shape(lambda p, s: model.loss(p, s, batch, step=step, key=key), params, model.init_state())

    functions = passed_through(work)
    assert {file for file, _ in functions} & {"core/spec/convert.py", "core/spec/parameter_reader.py"}
    assert len(functions) <= MOST_FUNCTIONS, "\n".join(": ".join(key) for key in functions)
