"""Kinds of numbers in tables: what is inferred, stated, shown, and told to heads."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.data.fit_columns import fit_columns, type_notes
from rcmvae_core.data.scaling import fit_values
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.protocols import ColumnBlock, Table, Units

RNG = np.random.default_rng(0)
ROWS = {
    "height": RNG.normal(170, 10, 200),
    "income": np.exp(RNG.normal(10, 1, 200)),
    "visits": RNG.poisson(6, 200).astype(float),
    "grade": RNG.integers(1, 6, 200).astype(float),
    "member": RNG.integers(0, 2, 200).astype(float),
    "year": RNG.integers(1950, 2020, 200).astype(float),
    "debt": np.where(RNG.random(200) < 0.9, 0.0, np.round(np.exp(RNG.normal(9, 1, 200)))),
    "share": RNG.random(200),
    "balance": np.round(RNG.normal(0, 50, 200)),
    "color": np.array(["red", "blue", "green", "blue"] * 50, object),
}


def fitted(types=(), **columns):
    sheet = Table(columns or ROWS, dict(types))
    return fit_columns(sheet, np.arange(sheet.shape[0]))


def test_types_are_inferred():
    assert {column.name: column.type for column in fitted().columns} == {
        "height": "number",
        "income": "positive",
        "visits": "count",
        "grade": "ordinal",
        "member": "ordinal",
        "year": "number",
        "debt": "number",
        "share": "number",
        "balance": "number",
        "color": "category",
    }


def test_types_are_shown_and_can_be_stated():
    assert type_notes(fitted())[:3] == [
        "5 columns are read as number: `height`, `year`, `debt`, `share`, `balance`",
        "1 column is read as positive: `income`",
        "1 column is read as count: `visits`",
    ]
    assert "2 columns are read as ordinal: `grade` (5 values), `member` (2 values)" in type_notes(fitted())
    stated = {"year": "count", "grade": "number", "height": "positive", "visits": "ordinal"}
    types = {column.name: column.type for column in fitted(stated).columns}
    assert {name: types[name] for name in stated} == stated


@pytest.mark.parametrize(
    ("type_", "name", "message"),
    [
        (
            "count",
            "height",
            r"column `height` is stated to be count, and has the value .*, expected whole numbers",
        ),
        ("count", "balance", "expected whole numbers from 0 to 4,194,304"),
        ("positive", "debt", "has the value 0, expected numbers above 0"),
        ("ordinal", "income", "has 200 different values, expected 2 to 50"),
    ],
)
def test_values_that_are_not_of_the_stated_type_are_refused(type_, name, message):
    with pytest.raises(RcmvaeError, match=f"E306: .*{message}"):
        fitted({name: type_})


def test_few_rows_are_no_ordinal():
    assert fitted(a=np.array([2.0, 3, 5, 7])).columns[0].type == "number"
    assert fitted(a=np.array([0.0, 2, 3, 5])).columns[0].type == "count"


def test_inferred_types_bind_no_other_rows():
    columns = fitted()
    other = Table({name: cells[:1] for name, cells in ROWS.items()} | {"visits": np.array([-2.5])})
    assert columns.encode(other)[0, 2] == -2.5


def test_heads_are_told_what_each_feature_is():
    income = ROWS["income"]
    gaps = np.where(np.arange(200) % 7, ROWS["grade"], np.nan)
    columns = fitted(
        income=income, grade=gaps, visits=ROWS["visits"], color=ROWS["color"], height=ROWS["height"]
    )
    logs, height = np.log(income), ROWS["height"]
    blocks = columns.blocks
    assert [block.type for block in blocks] == ["positive", "ordinal", "flag", "count", "category", "number"]
    assert sum(block.features for block in blocks) == len(columns.features)
    assert blocks[0].center == pytest.approx(logs.mean())
    assert blocks[0].spread == pytest.approx(logs.std())
    assert blocks[1] == ColumnBlock("ordinal", levels=(1.0, 2.0, 3.0, 4.0, 5.0))
    assert blocks[3].center == pytest.approx(np.log(ROWS["visits"].mean()))
    assert blocks[4] == ColumnBlock("category", 3)
    assert (blocks[5].center, blocks[5].spread) == pytest.approx((height.mean(), height.std()))


@pytest.mark.parametrize("method", ["standard", "robust", "minmax", "log"])
@pytest.mark.parametrize("xp", [np, jnp])
def test_values_come_back_from_every_scale_but_counts(method, xp):
    values = np.concatenate([RNG.normal(3, 2, (300, 2)), [[400.0, -90.0]]])
    scaling = fit_values(values, method)
    center, spread = (tuple(each.tolist()) for each in (scaling.center, scaling.spread))
    deviations = 4.0 if method in ("standard", "robust") else 0.0
    units = Units(center, spread, method == "log", 1.0, deviations)
    x = scaling(values)
    np.testing.assert_allclose(units.values(xp.asarray(x)), values, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(units.scaled(xp.asarray(np.float32(values))), x, rtol=1e-5, atol=1e-5)
