"""Normalising gives every form of the same spec one tree, with the places of the text."""

from __future__ import annotations

import pytest

from rcmvae_core.spec.normalise import normalise
from rcmvae_core.spec.parse import parse
from tests.spec.test_renames import REGISTRY

FORMS = [
    ('conditioner = "none"', {"conditioner": {"none": {}}}),
    ('conditioner = "gating"', {"conditioner": {"gate": {}}}),
    ('conditioner = "flim"', {"conditioner": "flim"}),
    ("conditioner = 3", {"conditioner": 3}),
    ('figure = "graph"', {"figure": {"plot": {}}}),
    ('train.optimizer = "adam"', {"train": {"optimizer": {"adam": {}}}}),
    ('loss = "kl_latent"', {"loss": "kl_latent"}),
    ('loss.a = "kl_latent"', {"loss": {"a": "kl_latent"}}),
    ("loss.a.weight = 2", {"loss": {"a": {"weight": {"constant": {"value": 2}}}}}),
    ("loss.a.weight = 'linear'", {"loss": {"a": {"weight": {"linear": {}}}}}),
    ("loss.a.weight = true", {"loss": {"a": {"weight": True}}}),
    (
        "[conditioner.gating]\nunits = 3\nforce.slope.from_value = 0",
        {"conditioner": {"gate": {"width": 3, "strength": {"ramp": {"start": 0}}}}},
    ),
    (
        "[conditioner.gate]\nforce = 0.5",
        {"conditioner": {"gate": {"strength": {"constant": {"value": 0.5}}}}},
    ),
    ("[blend.scale]\nscale = 2\nmixing = {}", {"blend": {"scale": {"factor": {"constant": {"value": 2}}, "mix": {}}}}),
    ("[unknown.gating]\nunits = 3", {"unknown": {"gating": {"units": 3}}}),
    ('[plugins.prefer.conditioner]\ngating = "x"', {"plugins": {"prefer": {"conditioner": {"gate": "x"}}}}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_every_form_of_the_same_is_one_tree(text, expected):
    tree = normalise([parse(text.encode(), "spec.toml")], REGISTRY)
    assert tree.root.plain == expected
    assert normalise([tree.root], REGISTRY).root == tree.root
    assert normalise([tree.root], REGISTRY).diagnostics == ()


def test_places_are_those_of_the_text():
    root = normalise([parse(b"[conditioner.gate]\nforce = 0.5", "spec.toml")], REGISTRY).root
    for path in (("strength",), ("strength", "constant"), ("strength", "constant", "value")):
        node = root.at(("conditioner", "gate", *path))
        assert (node.place.span.line, node.place.span.column) == (2, 9)
        assert (node.key.span.line, node.key.span.column) == (2, 1)


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("[conditioner.gate]\nunits = 3", "[conditioner.gate]\nwidth = 4"),
        ("[conditioner.gate]\nwidth = 3", "[conditioner.gate]\nsize = 4"),
        ("[conditioner.gating]\nsize = 3", "[conditioner.gate]\nunits = 4"),
    ],
)
def test_a_layer_overrides_a_parameter_under_any_of_its_names(below, above):
    layers = [parse(text.encode(), f"{text}.toml") for text in (below, above)]
    tree = normalise(layers, REGISTRY)
    assert tree.root.plain == {"conditioner": {"gate": {"width": 4}}}
    assert {d.code for d in tree.diagnostics} == {"W202"}


def test_another_form_of_another_plugin_replaces_it():
    layers = [parse(text.encode(), text) for text in ("loss.a.weight = 2", "loss.a.weight.ramp.start = 1")]
    assert normalise(layers, REGISTRY).root.plain == {"loss": {"a": {"weight": {"ramp": {"start": 1}}}}}
    assert normalise(layers[::-1], REGISTRY).root.plain == {
        "loss": {"a": {"weight": {"constant": {"value": 2}}}}
    }
