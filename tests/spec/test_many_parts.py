"""A parameter that names many plugins: each once, in their order, with its own parameters, tokens and errors."""

from __future__ import annotations

import json

import jsonschema
import pytest
import tomli

from rcmvae_core.errors import SpecError
from rcmvae_core.model.build import build_nested
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.spec.json_schema import schema
from rcmvae_core.spec.normalise import read_tree
from rcmvae_core.spec.provenance import settings
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.spec.write import document, dumps

BASE = """
rcmvae = ">=0.1"
name = "many"
[data.digits]
[latent]
channels = 2
dim = 2
[encoder.dense]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
[head.bernoulli]
[loss.reconstruction.reconstruction]
[train]
epochs = 1
[train.optimizer.adam]
"""
OF = "augmentation.compose.of"


@pytest.fixture
def resolve(tmp_path):
    def read(line, *overrides):
        path = tmp_path / "spec.toml"
        path.write_text(f"{line}\n{BASE}", encoding="utf-8")
        return resolve_file(path, overrides, discover())

    return read


def compose_of(resolved):
    return resolved.one("augmentation").params.of


def test_all_are_read_in_their_order_with_their_own_parameters(resolve):
    resolved = resolve(f"{OF} = {{ noise = {{ std = 0.3 }}, image = {{}} }}")
    assert [part.name for part in compose_of(resolved)] == ["noise", "image"]
    assert compose_of(resolved)[0].params.std == 0.3
    part = resolved.one("augmentation")
    assert list(part.nested()) == ["of.noise", "of.image"]
    assert "data.image" in part.capabilities().requires
    assert [each.name for each in part.every()] == ["compose", "noise", "image"]


def test_a_bare_name_is_one_and_an_overlay_replaces_them(resolve):
    assert [part.name for part in compose_of(resolve(f'{OF} = "image"'))] == ["image"]
    resolved = resolve(f"{OF} = {{ noise = {{}} }}", f"{OF}.blur.sigma=0.5")
    assert [part.name for part in compose_of(resolved)] == ["blur"]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (f"{OF} = {{ nois = {{}} }}", "E204", "nois"),
        (f"{OF} = {{ noise = {{ std = 9 }} }}", "E207", "std"),
        (f"{OF} = {{}}", "E207", "`of` must have at least 1 elements"),
        (f"{OF} = 3", "E206", "`[of]` must be a table"),
        ("augmentation.compose = {}", "E208", "needs `of`, a table of augmentations"),
        ('augmentation.compose = { of = "noise", count = 2 }', "E207", "got 2 of 1"),
    ],
)
def test_errors_are_those_of_a_single_plugin(resolve, line, code, message):
    with pytest.raises(SpecError) as raised:
        resolve(line)
    assert [(d.code, message in d.message) for d in raised.value.diagnostics] == [(code, True)], [
        d.message for d in raised.value.diagnostics
    ]


def test_what_is_written_is_read_back_and_every_value_has_its_place(resolve, tmp_path):
    line = f"{OF} = {{ noise = {{ std = 0.3 }}, blur = {{}} }}"
    resolved = resolve(line)
    kinds = discover().kinds
    root = read_tree(tmp_path / "spec.toml", (), discover()).root
    values = settings(resolved, root, kinds)
    below = ("augmentation", "compose", "of")
    assert (values[*below, "noise", "std"].value, values[*below, "blur", "sigma"].value) == (0.3, 1.0)
    assert values[*below, "noise", "std"].place.span.line == 1
    assert values[*below, "blur", "sigma"].place is None
    again = tmp_path / "again.toml"
    again.write_text(dumps(document(resolved, kinds)), encoding="utf-8")
    assert compose_of(resolve_file(again, (), discover())) == compose_of(resolved)


def test_the_schema_accepts_them_and_rejects_unknown_names():
    valid = jsonschema.Draft7Validator(json.loads(json.dumps(schema(discover())))).is_valid
    good = f"{OF} = {{ noise = {{ std = 0.3 }}, image = {{}} }}\n"
    assert valid(tomli.loads(good + BASE))
    assert valid(tomli.loads(f'{OF} = "image"\n' + BASE))
    for bad in (f"{OF} = {{ nois = {{}} }}", f"{OF} = {{}}", f"{OF} = 3", "augmentation.compose = {}"):
        assert not valid(tomli.loads(f"{bad}\n{BASE}"))


def test_the_implementation_gets_what_they_build(resolve):
    params = resolve(f"{OF} = {{ noise = {{}}, blur = {{}} }}").one("augmentation").params
    sizes = dict.fromkeys(
        ("examples", "labelled", "classes", "channels", "dim", "embedding_dim", "steps_per_epoch", "epochs"),
        2,
    )
    built = build_nested(params, BuildContext(input_shape=(4, 4, 1), layout="shared", **sizes))
    assert [callable(part) for part in built.of] == [True, True]
