"""A model with a likelihood of each column: it trains, its types are stored, and what it cannot go with is refused."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest

from rcmvae_core.errors import SpecError
from rcmvae_core.inference import model_info
from rcmvae_core.model.model import build_model
from rcmvae_core.plugin.protocols import ColumnBlock
from rcmvae_core.training.setup import init_sample, prepare

ROWS, SMALL = 60, ["train.batch_size=8", "train.epochs=1", "head=table", "data.scale=standard"]


@pytest.fixture
def settings(tmp_path):
    """Settings of the tiny spec that read a table of every type."""
    rng = np.random.default_rng(0)
    columns = (
        rng.normal(size=ROWS), np.exp(rng.normal(3, 1, ROWS)), rng.poisson(4, ROWS), rng.integers(1, 4, ROWS),
        rng.choice(["a", "b", "c"], ROWS), rng.choice(["p", "q"], ROWS),
    )  # fmt: skip
    lines = [
        "real,money,visits,grade,kind,y",
        *(",".join(map(str, row)) for row in zip(*columns, strict=True)),
    ]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [
        f'data.table={{ path = "{path}", label = "y", positives = ["money"], counts = ["visits"] }}',
        *SMALL,
    ]


def test_types_survive_the_file_and_build_the_same_head(resolve_tiny, settings):
    prepared = prepare(resolve_tiny(settings))
    info = model_info.build_info(prepared)
    again = model_info.from_json(json.loads(json.dumps(model_info.as_json(info))))
    assert model_info.as_json(again) == model_info.as_json(info)
    assert again.context == prepared.context
    blocks = again.context.columns
    assert [block.type for block in blocks] == ["number", "positive", "count", "ordinal", "category"]
    assert blocks[3] == ColumnBlock("ordinal", levels=(1.0, 2.0, 3.0))
    x = init_sample(prepared)[:3]
    params = prepared.model.init(jax.random.key(0), x)
    loaded = build_model(prepared.resolved, again.context, for_training=False)
    shapes = jax.tree.map(np.shape, loaded.init(jax.random.key(0), x)["head"])
    assert shapes == jax.tree.map(np.shape, params["head"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["data.scale=counts"], "head `table` requires `inputs.values`"),
        (["data=digits"], "head `table` requires `data.columns`"),
    ],
)
def test_other_data_and_scales_are_refused(resolve_tiny, settings, changes, message):
    kept = [each for each in settings if changes != ["data=digits"] or not each.startswith("data.")]
    with pytest.raises(SpecError, match=message) as caught:
        resolve_tiny([*kept, *changes])
    assert "E201" in {each.code for each in caught.value.diagnostics}
