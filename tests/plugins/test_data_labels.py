"""Labels that are strings: each distinct one is a class, in sorted order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rcmvae_plugins.data._assembly import encode


@given(st.lists(st.text(max_size=3)))
def test_every_word_is_a_class_and_the_empty_one_is_unknown(words):
    labels, names = encode(words)
    assert ["" if label < 0 else names[label] for label in labels] == words
    assert set(names) == set(words) - {""}


def test_classes_stand_in_their_order():
    assert encode(["b", "10", "a"])[1] == ("10", "a", "b")
    assert encode(["10", "9", "-3"])[1] == ("-3", "9", "10")
