"""The contract of inputs on disk: some rows are checked at the start, and each row when it is used."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from rcmvae_plugins.data._sources import Decoded, Joined

from rcmvae_core.data.dataset import dataset_violations, load_dataset
from rcmvae_core.data.inputs import in_memory, read_all, read_rows
from rcmvae_core.errors import Diagnostic, Place, RcmvaeError, RunError, Source, Span
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.declaration import Distribution, Plugin, Registered
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart

RNG = np.random.default_rng(0)
PLACE = Place(Source("spec.toml", "[data.given]"), Span(1, 7, 1, 12))
COUNT = 80


def data(inputs, **changes) -> Dataset:
    return Dataset(
        inputs=inputs,
        labels=(np.arange(COUNT) % 4).astype(np.int32),
        train=np.arange(COUNT - 20),
        test=np.arange(COUNT - 20, COUNT),
        class_names=("ant", "bee", "cat", "dog"),
        maximum=1.0,
    )._replace(**changes)


class Custom:
    """A source of the tests that records the requested indices."""

    def __init__(self, array, give, says):
        self.array, self.give, self.says, self.asked = array, give, says, []

    @property
    def shape(self):
        return self.array.shape

    @property
    def dtype(self):
        return self.array.dtype if self.says is None else self.says

    def __getitem__(self, indices):
        self.asked.append(indices)
        return self.array[indices] if self.give is None else self.give(self.array, indices)


def custom(give=None, says=None, array=None) -> Custom:
    return Custom(RNG.random((COUNT, 3)) if array is None else array, give, says)


def memmap(tmp_path, array) -> np.ndarray:
    path = tmp_path / f"{len(array)}.npy"
    np.save(path, array)
    return np.load(path, mmap_mode="r")


def spoil(index, value, kind=np.float64):
    array = np.full((COUNT, 3), 0.5, kind)
    array[index, 1] = value
    return array


def test_sources_in_order_have_no_faults(tmp_path):
    array = RNG.random((COUNT, 3))
    for inputs in (
        memmap(tmp_path, array),
        Joined([array[:30], memmap(tmp_path, array[30:])]),
        Decoded("here", (COUNT, 3), array.dtype, lambda index: array[index], str),
        custom(array=array),
    ):
        dataset = data(inputs)
        assert dataset_violations(dataset, ("data.features",)) == []
        assert not in_memory(dataset)
        assert np.array_equal(read_rows(dataset, np.array([7, 0, 7])), array[[7, 0, 7]])
        assert np.array_equal(read_all(dataset), array)
    assert in_memory(data(array))
    assert read_all(data(array)) is not None


def test_an_array_in_memory_is_handed_on_as_it_is():
    dataset = data(RNG.random((COUNT, 3)))
    assert read_all(dataset) is dataset.inputs
    assert np.array_equal(read_rows(dataset, np.array([3, 1])), dataset.inputs[[3, 1]])


def test_only_a_few_rows_are_read_at_the_start():
    big = custom(array=np.broadcast_to(np.float32(0.5), (1_000_000, 3)))
    labels = np.zeros(1_000_000, np.int32)
    assert dataset_violations(data(big, labels=labels), ("data.features",)) == []
    assert sum(len(indices) for indices in big.asked) <= 17
    first = big.asked[0].tolist()
    assert (max(first), min(first)) == (999_999, 0)
    assert set(np.diff(first).tolist()) <= {-66666, -66667}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (custom(array=np.zeros((COUNT, 3), int)), "inputs are a Custom of int64, of shape (80, 3)"),
        (custom(says="float64"), "inputs are a Custom of float64"),
        (custom(says=np.float64), "inputs are a Custom of <class 'numpy.float64'>"),
        (custom(array=np.zeros((0, 3))), "inputs are empty, of shape (0, 3)"),
        (custom(array=np.zeros(())), "inputs are empty, of shape ()"),
        (custom(array=np.zeros((COUNT, 3, 1))), "inputs have shape (80, 3, 1)"),
        (custom(lambda a, i: a[i].tolist()), "rows of inputs are a list"),
        (custom(lambda a, i: a[i, :2]), "rows of inputs are an array of float64, of shape (16, 2)"),
        (custom(lambda a, i: a[i].astype("f4")), "not an array of float64, of shape (16, 3)"),
        (custom(lambda a, i: a[int(i)]), "inputs cannot be read by index: TypeError: only"),
        (custom(lambda _, i: {}[i[-1]]), "inputs cannot be read by index: KeyError: np.int64(0)"),
        (custom(lambda a, i: a[np.sort(i)]), "input 0 differs when it is read alone"),
        (custom(lambda _, i: RNG.random((len(i), 3))), "input 0 differs"),
        (custom(array=spoil(0, np.nan)), "input 0 has the value nan at position 1"),
        (custom(array=spoil(79, 1.5)), "input 79 lies in [0.5, 1.5], not in [0, 1]"),
        (custom(array=spoil(79, -1)), "input 79 lies in [-1, 0.5], not in [0, 1]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "source",
)
def test_every_breach_is_told(inputs, message):
    violations = dataset_violations(data(inputs), ("data.features",))
    assert len(violations) == 1
    assert message in violations[0][0]
    assert violations[0][1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.01, -0.01])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_row_that_was_not_looked_at_is_told_when_it_is_used(tmp_path, value, kind):
    dataset = data(memmap(tmp_path, spoil(33, value, kind)))
    assert dataset_violations(dataset, ("data.features",)) == []
    assert read_rows(dataset, np.array([32, 34])).shape == (2, 3)
    for use in (lambda: read_rows(dataset, np.array([1, 33, 2])), lambda: read_all(dataset)):
        with pytest.raises(
            RunError,
            match=r"input 33 (lies in \[.*\], not in \[0, 1\]|has the value -?(nan|inf) at position 1)",
        ) as caught:
            use()
        assert caught.value.diagnostics[0].code == "E307"


def test_bytes_above_a_smaller_maximum_are_told(tmp_path):
    dataset = data(memmap(tmp_path, spoil(33, 17, np.uint8)), maximum=16.0)
    assert dataset_violations(dataset, ()) == []
    with pytest.raises(RunError, match=r"input 33 lies in \[0, 17\], not in \[0, 16\]"):
        read_rows(dataset, np.arange(COUNT))
    assert read_rows(dataset._replace(maximum=17.0), np.arange(COUNT)).max() == 17


def test_everything_is_read_bit_by_bit(monkeypatch):
    monkeypatch.setattr("rcmvae_core.data.inputs._CHUNK", 7 * 3 * 8)
    source = custom()
    assert np.array_equal(read_all(data(source)), source.array)
    assert [len(indices) for indices in source.asked] == [7] * 11 + [3]


@attrs.frozen
class _Given:
    outcome: object


@pytest.mark.parametrize("kind", [RcmvaeError, RunError])
def test_what_a_source_raises_at_the_start_gets_the_place_of_its_part(monkeypatch, kind):
    def give(array, indices):
        raise kind([Diagnostic("E306", "a.png cannot be read")])

    monkeypatch.setattr("rcmvae_core.data.dataset.load_object", lambda _: lambda params: params.outcome)
    plugin = Plugin("data", "given", summary="Given.", impl="nowhere:given", provides=("data.features",))
    part = ResolvedPart(
        Registered(plugin, Distribution("tests", "0")),
        _Given(data(custom(give))),
        keys=DataTable(),
        place=PLACE,
    )
    with pytest.raises(kind) as caught:
        load_dataset(part)
    assert caught.value.diagnostics == (Diagnostic("E306", "a.png cannot be read", PLACE),)
