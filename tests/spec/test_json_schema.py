"""The JSON Schema agrees with the resolver: what resolves is valid, and plain mistakes are not."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import tomli

from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.spec.json_schema import schema
from rcmvae_core.spec.write import document, dumps
from tests.plugin.test_parameters import ACCEPTED
from tests.support.isolated import QUICKSTART, params, plugin, registry_of

from .spec_mutations import SCHEDULED
from .test_resolve import FAULTY

SHIPPED = sorted((Path(__file__).parents[2] / "experiments").glob("*.toml"))
# Rules that the JSON Schema does not express: tokens, versions, other files, reserved labels.
BEYOND = {"E101", "E201", "E202", "E212", "E213", "E214"}
GUESTS = (
    plugin(params=params("Gate"), renamed_from=("gating",)),
    plugin(name="tired", deprecated="use `gate`"),
    plugin(name="broken", params="nowhere:P"),
    Kind("augment", "Changes inputs.", table="augment", slot="many"),
    Kind("filter", "Filters.", shorthand="low.cutoff"),
    plugin("augment", "blur", params=params("Filtered")),
    plugin("filter", "low", params=params("Filter")),
)


@pytest.fixture(scope="module")
def valid():
    made = json.loads(json.dumps(schema(registry_of(*GUESTS))))
    jsonschema.Draft7Validator.check_schema(made)
    return jsonschema.Draft7Validator(made).is_valid


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_specs(path, valid):
    assert valid(tomli.loads(Path(path).read_text(encoding="utf-8")))


LAYERS = [
    *(f"[conditioner.gate]\n{line}" for line, *_ in ACCEPTED),
    "[conditioner.gate]\nold = 1",
    "[conditioner.gate]\nstrength = 0.5",
    '[conditioner.gate]\nstrength.linear = { start = 0, end = 1, over = "3 epochs" }',
    "[conditioner.gating]",
    "[conditioner.tired]",
    'conditioner = "gate"',
    "classifier = {}",
    "[figure]",
    'figure = "confusion"',
    "[augment.blur]\nthrough = 2.5",
    '[augment.blur]\nmaybe.low.cutoff = 1\n[train]\noptimizer = "adam"',
    "[loss.kl_z]\nweight = 3",
    '[plugins.prefer.conditioner]\nfilm = "rcmvae"',
    SCHEDULED.decode(),
]


@pytest.mark.parametrize("layer", LAYERS)
def test_what_resolves_validates_as_a_layer_and_filled_in(desk, valid, layer):
    registry = registry_of(*GUESTS)
    resolved = desk.over(layer, registry=registry)
    assert valid(tomli.loads((desk.folder / "spec.toml").read_text(encoding="utf-8")))
    assert valid(tomli.loads(dumps(document(resolved, registry.kinds))))


@pytest.mark.parametrize(
    ("layer", "codes"), [(layer, codes) for layer, codes in FAULTY if not BEYOND & set(codes)]
)
def test_plain_mistakes_do_not_validate(valid, layer, codes):
    """Validate each in a complete spec, so that missing parameters are errors too."""
    whole = tomli.loads(QUICKSTART.read_text(encoding="utf-8"))
    mistake = tomli.loads(layer)
    for name, value in mistake.items():
        whole[name] = {**whole[name], **value} if name in whole and isinstance(value, dict) else value
    too_fine = layer in ('[plugins.prefer.conditioner]\nfilm = "no"', 'name = "a\\n"', "seeds = [1.0]")
    assert valid(whole) == (codes == [] or too_fine)


MISSING = [
    "data",
    "latent",
    "encoder",
    "prior",
    "routing",
    "conditioner",
    "backbone",
    "head",
    "loss",
    "train",
]


@pytest.mark.parametrize("table", MISSING)
def test_a_whole_spec_needs_its_tables_and_a_layer_does_not(valid, table):
    whole = tomli.loads(QUICKSTART.read_text(encoding="utf-8"))
    del whole[table]
    assert not valid(whole)
    assert valid({**whole, "extends": ["quickstart.toml"]})


@pytest.mark.parametrize(
    "value",
    ["linear", {"linear": {"start": 0, "end": 1}}, {}, True, [1], {"linear": {}, "constant": {"value": 1}}],
)
def test_schedules_that_are_none(valid, value):
    whole = tomli.loads(QUICKSTART.read_text(encoding="utf-8"))
    whole["loss"]["spread"]["weight"] = value
    assert not valid(whole)


def test_a_schema_of_nothing_installed():
    jsonschema.Draft7Validator.check_schema(schema(build([])))
