"""From a data plugin to the inputs of the model: checks, places of errors, and the keys of `[data]`."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from rcmvae_plugins.data.arrays import arrays
from rcmvae_plugins.data.params import ArraysParams

from rcmvae_core.data.dataset import dataset_violations, load_dataset
from rcmvae_core.data.split import split_dataset
from rcmvae_core.errors import Diagnostic, Place, RcmvaeError, RunError, Source, Span
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.declaration import Distribution, Plugin, Registered
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers, resolve_text
from rcmvae_core.training.batches import visible_labels
from rcmvae_core.training.compiled import compile_programs
from rcmvae_core.training.loop import train
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import prepare

RNG = np.random.default_rng(0)
FILES = tuple(f"a/{index}.png" for index in range(80))
PLACE = Place(Source("spec.toml", "[data.given]"), Span(1, 7, 1, 12))
CLASSES = ("ant", "bee", "cat", "dog")


def good(count: int = 80, **changes) -> Dataset:
    data = Dataset(
        inputs=RNG.integers(0, 256, (count, 4, 3, 1), np.uint8),
        labels=(np.arange(count) % 4).astype(np.int32),
        train=np.arange(count - 20),
        test=np.arange(count - 20, count),
        class_names=CLASSES,
        maximum=255.0,
    )
    return data._replace(**changes)


def given(params) -> Dataset:
    """A data plugin of the tests that returns a given data set or raises a given error."""
    if isinstance(params.outcome, Exception):
        raise params.outcome
    return params.outcome


@attrs.frozen
class GivenParams:
    outcome: object


def part(outcome, *, provides=("data.image", "data.labels"), **keys) -> ResolvedPart:
    plugin = Plugin("data", "given", summary="Given.", impl="nowhere:given", provides=provides)
    registered = Registered(plugin, Distribution("tests", "0"))
    return ResolvedPart(registered, GivenParams(outcome), keys=DataTable(**keys), place=PLACE)


@pytest.fixture(autouse=True)
def _impl(monkeypatch):
    monkeypatch.setattr("rcmvae_core.data.dataset.load_object", lambda _: given)


# What a data set must be


def test_a_data_set_in_order_has_no_faults():
    for tokens in [("data.image",), ("data.image", "data.features"), ()]:
        assert dataset_violations(good(), tokens) == []
    plain = good(inputs=RNG.random((80, 5)))
    assert dataset_violations(plain, ("data.features", "data.labels")) == []
    assert dataset_violations(good(labels=np.full(80, -1), class_names=()), ("data.image",)) == []
    assert dataset_violations(good(test=np.array([70])), ("data.image",)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": [[1.0]]}, "inputs are a list, not an array"),
        ({"inputs": np.ones((80, 4, 3, 1), int)}, "inputs are an array of int64"),
        ({"inputs": np.ones((0, 4, 3, 1))}, "inputs are empty"),
        ({"inputs": np.ones((80, 0, 3, 1))}, "inputs are empty"),
        ({"inputs": np.ones((80, 12))}, "inputs have shape (80, 12)"),
        (
            {"inputs": np.full((80, 4, 3, 1), -0.5)},
            "input 0 lies in [-0.5, -0.5], not in [0, 255], and so 79 more",
        ),
        (
            {"inputs": np.full((80, 4, 3, 1), 255.5)},
            "input 0 lies in [255.5, 255.5], not in [0, 255], and so 79 more",
        ),
        (
            {"inputs": np.where(np.arange(80) == 7, np.nan, 0.5)[:, None, None, None]},
            "input 7 has the value nan at position 0",
        ),
        (
            {"inputs": np.where(np.arange(80) == 7, np.inf, 0.5)[:, None, None, None]},
            "input 7 has the value inf at position 0",
        ),
        ({"maximum": 0.0}, "`maximum` is 0.0"),
        ({"maximum": float("nan")}, "`maximum` is nan"),
        ({"maximum": float("inf")}, "`maximum` is inf"),
        ({"maximum": "255"}, "`maximum` is '255'"),
        ({"maximum": 100.0}, "not in [0, 100]"),
        ({"class_names": ["a", "b", "c", "d"]}, "class_names is not a tuple of strings"),
        ({"class_names": (0, 1, 2, 3)}, "class_names is not a tuple of strings"),
        ({"class_names": ("a", "b", "a", "d")}, "class_names has `a` twice"),
        ({"labels": np.zeros(79, int)}, "labels are an array of int64, of shape (79,)"),
        ({"labels": np.zeros((80, 4), int)}, "labels are an array of int64, of shape (80, 4)"),
        ({"labels": np.zeros(80)}, "labels are an array of float64"),
        ({"labels": np.zeros(80, np.uint8)}, "labels are an array of uint8"),
        ({"labels": [0] * 80}, "labels are a list"),
        ({"labels": np.full(80, 4)}, "labels lie in [4, 4]"),
        ({"labels": np.full(80, -2)}, "labels lie in [-2, -2]"),
        ({"train": np.arange(0)}, "`train` is an array of int64, of shape (0,)"),
        ({"test": np.arange(0)}, "`test` is an array of int64, of shape (0,)"),
        ({"train": np.arange(60.0)}, "`train` is an array of float64"),
        ({"train": np.ones(80, bool)}, "`train` is an array of bool"),
        ({"train": np.arange(30, 90)}, "`train` has indices in [30, 89]"),
        ({"test": np.array([-1])}, "`test` has indices in [-1, -1]"),
        ({"train": np.arange(61)}, "input 60 is used 2 times"),
        ({"train": np.array([3, 3, 3])}, "input 3 is used 3 times"),
        ({"train": np.array([3, 3, 3]), "names": FILES}, "input 3 (`a/3.png`) is used 3 times"),
        (
            {"inputs": np.full((80, 4, 3, 1), -0.5), "names": FILES},
            "input 0 (`a/0.png`) lies in [-0.5, -0.5], not in [0, 255], and so 79 more",
        ),
        (
            {"sample_weights": np.where(np.arange(80) == 7, -1.0, 1), "names": FILES},
            "the sample weight of input 7 (`a/7.png`) is -1",
        ),
    ],
)
def test_every_breach_is_told(changes, message):
    with pytest.raises(RcmvaeError) as caught:
        load_dataset(part(good(**changes)))
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.place) == ("E307", PLACE)
    assert message in diagnostic.message
    assert diagnostic.help


def test_independent_breaches_are_told_together():
    violations = dataset_violations(
        good(labels=np.full(80, 9), train=np.arange(99), test=np.arange(-3, 4)), ()
    )
    assert len(violations) == 3


def test_something_else_than_a_data_set_is_refused():
    assert "is a tuple, not a Dataset" in dataset_violations(tuple(good()), ())[0][0]


@pytest.mark.parametrize("kind", [RcmvaeError, RunError])
def test_what_a_part_raises_gets_its_place(kind):
    other = PLACE._replace(span=Span(2, 1, 2, 2))
    with pytest.raises(kind) as caught:
        load_dataset(
            part(kind([Diagnostic("E305", "gone", help=["look"]), Diagnostic("E306", "bad", other)]))
        )
    assert caught.value.diagnostics == (
        Diagnostic("E305", "gone", PLACE, help=["look"]),
        Diagnostic("E306", "bad", other),
    )


def test_only_a_part_without_data_of_its_own_takes_the_callers():
    mine = good()
    with pytest.raises(RcmvaeError, match="was passed, but the spec names data `given`") as caught:
        load_dataset(part(good()), mine)
    assert caught.value.diagnostics[0].code == "E307"
    handed = attrs.evolve(part(None, provides=()), params=ArraysParams())
    assert load_dataset(handed, mine) is mine
    features = attrs.evolve(handed, params=ArraysParams(form="features"))
    with pytest.raises(RcmvaeError, match=r"inputs have shape \(80, 4, 3, 1\)"):
        load_dataset(features, mine)


def test_arrays_without_a_caller_say_so():
    with pytest.raises(RcmvaeError, match="needs a data set that is passed by a program") as caught:
        arrays(ArraysParams())
    assert caught.value.diagnostics[0].code == "E305"


# The keys of [data]


def divide(data=None, **keys):
    return split_dataset(part(None, **keys), good() if data is None else data)


def refused(data=None, **keys) -> str:
    with pytest.raises(RcmvaeError) as caught:
        divide(data, **keys)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.place) == ("E302", PLACE)
    return "\n".join((diagnostic.message, *diagnostic.help))


@pytest.mark.parametrize(
    ("keys", "counts"),
    [
        ({}, [13, 13, 13, 13]),
        ({"labels_per_class": 3}, [3] * 4),
        ({"labels": 8}, [2] * 4),
        ({"labels": 0}, [0] * 4),
    ],
)
def test_as_many_labels_as_asked_for(keys, counts):
    data, split = divide(**keys)
    assert np.bincount(data.labels[split.labelled], minlength=4).tolist() == counts
    assert np.array_equal(split.given, data.labels[split.labelled])
    assert set(split.labelled) <= set(split.train)
    assert split.held_out.size == 0


def test_noise_is_in_what_is_given_and_never_in_the_truth():
    clean, before = divide(labels=40)
    data, split = divide(labels=40, label_noise=0.25)
    assert np.array_equal(data.labels, clean.labels)
    assert np.array_equal(split.labelled, before.labelled)
    assert (split.given != data.labels[split.labelled]).sum() == 10
    visible = visible_labels(data, split)
    assert np.array_equal(visible[split.labelled], split.given)
    others = np.setdiff1d(np.arange(80), split.labelled)
    assert (visible[others] == -1).all()


def test_held_out_classes_neither_train_nor_judge():
    data, split = divide(held_out_classes=("cat", "ant"))
    assert data.class_names == ("bee", "dog")
    truth = np.arange(80) % 4
    assert split.held_out.tolist() == [i for i in range(80) if truth[i] in (0, 2)]
    used = np.concatenate([split.train, split.validation, split.test])
    assert sorted([*used, *split.held_out]) == list(range(80))
    assert data.labels[used].tolist() == [{1: 0, 3: 1}[y] for y in truth[used].tolist()]
    assert (data.labels[split.held_out] == -1).all()
    assert set(split.given.tolist()) == {0, 1}


def test_fewer_training_inputs_leave_the_rest_as_it_is():
    _, every = divide()
    sizes = []
    for count in (8, 20, 52):
        data, split = divide(training_inputs=count)
        assert len(split.train) == count
        assert set(split.train) <= set(every.train)
        assert np.array_equal(split.validation, every.validation)
        assert np.bincount(data.labels[split.train]).tolist() == [count // 4] * 4
        sizes.append(set(split.train.tolist()))
    assert sizes[0] < sizes[1] < sizes[2] == set(every.train.tolist())


def test_a_class_without_given_labels_is_fine():
    data = good(labels=np.where(np.arange(80) % 4 == 2, 2, -1).astype(np.int32))
    _, split = divide(data, labels=5)
    assert split.given.tolist() == [2] * 5


@pytest.mark.parametrize(
    ("keys", "messages"),
    [
        ({"labels_per_class": 14}, ["is 14, but class `ant` has 13 training inputs"]),
        ({"labels": 53}, ["`data.labels`", "52 items have a label; 53"]),
        ({"training_inputs": 53}, ["`data.training_inputs` is 53, but 52"]),
        (
            {"held_out_classes": ("eel",)},
            ["unknown class `eel`", "the classes are `ant`, `bee`, `cat`, `dog`"],
        ),
        ({"held_out_classes": CLASSES}, ["nothing is left"]),
        (
            {"held_out_classes": CLASSES[:3], "label_noise": 0.1},
            ["`data.label_noise`: the data have one class"],
        ),
        ({"held_out_classes": ("bee",), "labels_per_class": 14}, ["class `ant`"]),
        ({"held_out_classes": ("ant",), "labels_per_class": 14}, ["class `bee`"]),
    ],
)
def test_what_the_data_cannot_give_is_told(keys, messages):
    text = refused(**keys)
    assert all(message in text for message in messages), text


def test_data_without_labels_give_none():
    bare = part(None, provides=("data.image",))
    data = good(labels=np.full(80, -1), class_names=())
    assert split_dataset(bare, data)[1].labelled.size == 0
    for keys in ({"labels": 3}, {"labels_per_class": 3}, {"label_noise": 0.5}):
        with pytest.raises(RcmvaeError, match="asks for labels, but data `given` has none"):
            split_dataset(attrs.evolve(bare, keys=DataTable(**keys)), data)
    assert "no training input has a label" in refused(data._replace(class_names=CLASSES))


def test_without_two_inputs_of_a_class_there_is_no_validation():
    data = good(labels=np.arange(80), train=np.arange(4), class_names=tuple(map(str, range(80))))
    assert "so none can validate" in refused(data)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"labels": 3, "labels_per_class": 3}, "exclude each other"),
        ({"labels": 0, "labels_per_class": 0}, "exclude each other"),
        ({"labels": 0, "label_noise": 0.1}, "needs labels"),
        ({"labels_per_class": 0, "label_noise": 0.1}, "needs labels"),
    ],
)
def test_keys_that_exclude_each_other(keys, message):
    with pytest.raises(ValueError, match=message):
        DataTable(**keys)


@pytest.mark.parametrize(
    ("keys", "any_labels"),
    [({}, True), ({"labels": 0}, False), ({"labels_per_class": 0}, False), ({"labels": 1}, True),
     ({"labels_per_class": 2}, True)],
)  # fmt: skip
def test_whether_labels_are_given(keys, any_labels):
    assert DataTable(**keys).gives_labels is any_labels


# A whole run

SPEC = b"""
name = "mine"
[data]
labels = 24
label_noise = 0.5
held_out_classes = ["bee"]
training_inputs = 90
[data.arrays]
[latent]
channels = 3
dim = 2
embedding_dim = 3
[encoder.dense]
hidden = [8]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [8]
[head.bernoulli]
[loss.reconstruction.reconstruction]
[loss.labels.supervised]
[classifier.tau]
[train]
epochs = 1
batch_size = 32
[train.optimizer.adam]
"""


def test_a_caller_s_arrays_are_judged_by_their_true_labels(monkeypatch):
    monkeypatch.undo()
    registry = discover("only:rcmvae")
    resolved = resolve_text(SPEC, "mine.toml", registry)
    mine = good(200)
    prepared = prepare(resolved, mine)
    context, split = prepared.context, prepared.split
    assert (context.classes, context.examples, context.labelled) == (3, 90, 24)
    assert context.input_shape == (4, 3, 1)
    truth = np.array([0, -1, 1, 2])[mine.labels]
    assert (split.given != truth[split.labelled]).sum() == 12
    # That given labels are what trains is proven elsewhere; to compile an epoch here would only take time.
    programs = compile_programs(prepared)._replace(epoch=lambda state, _: (state, {}))
    (done,) = train(prepared, programs, [SeedJob(0)], lambda _: None)
    predicted = np.asarray(done.outputs.probabilities).argmax(axis=1)
    assert done.test["accuracy"] == pytest.approx((predicted == truth[split.test]).mean())


def test_without_a_caller_the_spec_s_place_is_told(monkeypatch):
    monkeypatch.undo()
    registry = discover("only:rcmvae")
    with pytest.raises(RcmvaeError, match="needs a data set that is passed by a program") as caught:
        prepare(resolve_text(SPEC, "mine.toml", registry))
    assert str(caught.value.diagnostics[0].place) == "mine.toml:8:7"


@pytest.mark.parametrize(
    ("setting", "tokens"),
    [
        ('data.npz.path="a.npz"', {"data.image"}),
        ('data.npz={path="a.npz", form="features", labels="y"}', {"data.features", "data.labels"}),
        ('data.table={path="a.csv", label="y"}', {"data.features", "data.labels"}),
        ('data.table.path="a.csv"', {"data.features"}),
        ('data.image_folder={path="a", size=[8, 8]}', {"data.image", "data.labels"}),
        ('data.image_folder={path="a", size=[8, 8], labelled=false}', {"data.image"}),
        ('data.arrays={form="features", labelled=false}', {"data.features"}),
        ('data.mnist.path="a"', {"data.image", "data.labels"}),
    ],
)
def test_parameters_say_what_the_data_hold(setting, tokens):
    registry = discover("only:rcmvae")
    unlabelled = SPEC.replace(b"[loss.labels.supervised]\n[classifier.tau]\n", b"")
    layers = [parse(unlabelled, "mine.toml"), parse_override(setting)]
    resolved = resolve_layers(layers, registry)
    assert set(resolved.one("data").capabilities().provides) == tokens
