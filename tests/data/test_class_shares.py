"""How frequent classes are: by their labels, or as the user says."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from rcmvae_core.data.class_shares import class_prior, class_shares, label_counts
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file, resolve_plugin
from rcmvae_core.spec.write import document, dumps
from tests.support.commands import QUICKSTART


def test_labels_are_counted_for_each_class_also_for_those_without_one():
    assert label_counts(np.array([2, 0, -1, 2]), classes=4) == (1, 0, 2, 0)
    assert label_counts(np.zeros(0, np.int64), classes=0) == ()


def test_many_labels_decide():
    np.testing.assert_allclose(class_prior((490, 10), None), (0.98, 0.02), atol=2e-3)


def test_equal_numbers_of_labels_give_equal_shares_exactly():
    assert class_prior((3, 3, 3, 3), None) == (0.25,) * 4


def test_labels_that_are_compatible_with_equal_classes_give_equal_shares():
    labels = np.random.default_rng(0).integers(0, 10, 60)
    counts = label_counts(labels, 10)
    assert max(counts) > min(counts) + 3
    np.testing.assert_allclose(class_prior(counts, None), 0.1, atol=0.02)


def test_shares_are_drawn_to_equal_ones_by_the_formula():
    counts, number = np.array([20, 15, 8, 5, 2]), 50
    shares = counts / number
    amount = (1 - (shares**2).sum()) / ((number - 1) * ((0.2 - shares) ** 2).sum())
    expected = (number * (amount * 0.2 + (1 - amount) * shares) + 0.2) / (number + 1)
    np.testing.assert_allclose(class_prior(tuple(counts.tolist()), None), expected)
    assert 0 < amount < 0.3


@pytest.mark.parametrize(
    ("truth", "factor"), [((0.1,) * 10, 0.1), ((0.4, 0.3, 0.15, 0.1, 0.05), 1.0), ((0.98, 0.02), 1.5)]
)
def test_the_error_with_few_labels_beside_that_of_their_shares(truth, factor):
    counts = np.random.default_rng(0).multinomial(40, truth, 300)
    estimates = np.array([class_prior(tuple(row), None) for row in counts.tolist()])
    assert np.mean((estimates - truth) ** 2) < factor * np.mean((counts / 40 - truth) ** 2)


@pytest.mark.parametrize("counts", [(1, 0), (1,), (0, 0), (1, 1), (3, 0, 0)])
def test_a_few_labels_give_positive_shares(counts):
    prior = class_prior(counts, None)
    assert min(prior) > 0
    assert sum(prior) == pytest.approx(1)


def test_of_ten_labels_a_class_without_one_gets_half_a_label_of_eleven():
    np.testing.assert_allclose(class_prior((10, 0), None), (10.5 / 11, 0.5 / 11))


def test_the_user_gives_shares_or_counts():
    assert class_prior((5, 5), (98, 2)) == class_prior((5, 5), (0.98, 0.02)) == (0.98, 0.02)


def shares_of(table):
    resolved = resolve_file(QUICKSTART, [f"data.class_prior={table}"], discover())
    return class_shares(resolved.one("data"), np.array([0, 1]), ("fine", "fraud"))


def test_shares_by_name_are_in_the_order_of_the_classes():
    assert shares_of("{ fraud = 0.02, fine = 0.98 }").prior == (0.98, 0.02)


def test_shares_by_name_are_written_as_they_are_read():
    registry = discover()
    text = "{ fine = 0.98, fraud = 0.02 }"
    resolved = resolve_file(QUICKSTART, [f"data.class_prior={text}"], registry)
    assert f"class_prior = {text}\n" in dumps(document(resolved, registry.kinds))


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            "{ fruad = 0.02, fine = 0.98 }",
            "has shares of unknown classes, `fruad` and no shares of `fraud`",
        ),
        ("{ fine = 1 }", "has no shares of `fraud`"),
        ("{ fraud = 2, fine = 98 }", "has shares that sum to 100, not to 1"),
        ("{ fraud = 0.02, fine = 0.97 }", "has shares that sum to 0.99, not to 1"),
    ],
)
def test_shares_by_name_are_of_every_class_and_sum_to_one(table, problem):
    with pytest.raises(RcmvaeError) as caught:
        shares_of(table)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("E302", f"`data.class_prior` {problem}")


@pytest.mark.parametrize("table", ["{}", "{ fraud = 0, fine = 1 }", '{ fraud = "few" }', '"fraud"'])
def test_shares_by_name_are_positive_numbers(table):
    with pytest.raises(RcmvaeError, match="`class_prior` must "):
        shares_of(table)


def test_another_number_of_values_is_an_error_that_names_the_classes():
    part, _ = resolve_plugin("data", "digits", {}, discover())
    part = attrs.evolve(part, keys=DataTable(class_prior=(0.5, 0.3, 0.2)))
    with pytest.raises(RcmvaeError) as caught:
        class_shares(part, np.array([0, 1]), ("fraud", "ok"))
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("E302", "`data.class_prior` has 3 values for 2 classes")
    assert diagnostic.help == ("the classes are, in this order, `fraud`, `ok`",)
