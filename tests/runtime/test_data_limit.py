"""What data may take in memory is stated, and checked before it is taken."""

from __future__ import annotations

import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.runtime import data_limit
from rcmvae_core.runtime.data_limit import VARIABLE, check_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("1000", 1000), ("2K", 2048), ("1.5G", 3 * 2**29), ("3 MiB", 3 * 2**20), ("1t", 2**40), ("8GB", 2**33)],
)
def test_sizes(monkeypatch, text, size):
    monkeypatch.setenv(VARIABLE, text)
    assert data_limit.data_limit() == size


@pytest.mark.parametrize("text", ["plenty", "-1", "0", "1e9", "9" * 30, "nan"])
def test_what_is_no_size_is_refused(monkeypatch, text):
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(RcmvaeError, match=r"E470: RCMVAE_MAX_DATA is .*, which is not a size"):
        data_limit.data_limit()


def test_without_the_variable_it_is_a_quarter_of_the_memory(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(data_limit, "_bounds", lambda: iter([2**36, 2**34]))
    assert data_limit.data_limit() == 2**32


def test_the_message_has_size_limit_and_remedy(monkeypatch):
    monkeypatch.setenv(VARIABLE, "1G")
    check_size("x", "it", 2**30)
    with pytest.raises(RcmvaeError) as error:
        check_size("x.npz", "array `x`", 5 * 2**29, "read less")
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.message == "`x.npz`: array `x` takes 2.5 GiB in memory; the limit is 1.0 GiB"
    assert diagnostic.help == ("read less", "to raise the limit: RCMVAE_MAX_DATA=3G")
