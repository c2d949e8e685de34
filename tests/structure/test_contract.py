"""The plugin contract of today against what version 1 recorded: it may grow, and nothing in it may change.

After an addition that is meant: RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/structure/test_contract.py.
"""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from typing import Any

import attrs
import pytest

import rcmvae_core
from rcmvae_core.cli.manual import codes
from rcmvae_core.plugin import hookspecs
from rcmvae_core.plugin.kinds import CORE_TOKENS, KINDS
from rcmvae_core.plugin.parameters import Param

RECORDED = Path(__file__).parent / "contract-v1.json"
# Made from specs by name, never by position.
TABLES = {"AverageTable", "LatentTable", "TrainTable"}


def fields(cls: type) -> dict[str, bool]:
    """The fields of a record in order, and whether each must be given."""
    if attrs.has(cls):
        return {a.name: a.default is attrs.NOTHING for a in attrs.fields(cls)}
    names: tuple[str, ...] = getattr(cls, "_fields", ())
    return {name: name not in cls._field_defaults for name in names}


def call(function: Any) -> list[str]:
    return [_argument(p) for p in inspect.signature(function).parameters.values()]


def _argument(parameter: inspect.Parameter) -> str:
    """As it is written; a default that is a function by its name, for its place in memory means nothing."""
    if inspect.isfunction(parameter.default):
        return f"{parameter.name}={parameter.default.__name__}"
    return str(parameter.replace(annotation=parameter.empty))


def today() -> dict[str, Any]:
    public = {name: getattr(rcmvae_core, name) for name in rcmvae_core.__all__}
    classes = {name: found for name, found in public.items() if inspect.isclass(found)}
    hooks = {name: found for name, found in vars(hookspecs).items() if name.startswith("rcmvae_")}
    return {
        "group": hookspecs.GROUP,
        "names": sorted(public),
        "hooks": {name: call(found) for name, found in sorted(hooks.items())},
        "calls": {name: call(found) for name, found in public.items() if inspect.isfunction(found)},
        "protocols": {n: call(c.__call__) for n, c in classes.items() if "__call__" in vars(c)},
        "records": {n: fields(c) for n, c in {**classes, "Param": Param}.items() if fields(c)},
        "kinds": {k.name: {"table": k.table, "slot": k.slot} for k in KINDS},
        "tokens": sorted({*CORE_TOKENS, *(token for kind in KINDS for token in kind.tokens)}),
        "codes": codes(),
    }


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        RECORDED.write_text(json.dumps(today(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return json.loads(RECORDED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("what", ["group", "hooks"])
def test_what_stays_exactly_as_it_is(recorded, what) -> None:
    assert today()[what] == recorded[what]


@pytest.mark.parametrize("what", ["names", "tokens", "codes"])
def test_what_is_only_added_to(recorded, what) -> None:
    assert set(recorded[what]) <= set(today()[what])


@pytest.mark.parametrize("what", ["calls", "protocols", "kinds"])
def test_what_keeps_its_meaning(recorded, what) -> None:
    found = today()[what]
    assert {name: found.get(name) for name in recorded[what]} == recorded[what]


def test_records_keep_their_fields_in_order_and_new_ones_have_defaults(recorded) -> None:
    found = today()["records"]
    for name, before in recorded["records"].items():
        now = found[name]
        kept = {field: now[field] for field in now if field in before} if name in TABLES else now
        assert list(kept)[: len(before)] == list(before), name
        assert {field: kept[field] for field in before} == before, name
        assert not [field for field in now if field not in before and now[field]], name
