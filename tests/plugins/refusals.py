"""Helpers for the tests of data plugins: the errors of data that cannot be used."""

from __future__ import annotations

import pytest

from rcmvae_core.errors import RcmvaeError


def refused(load, params, *, code="E306") -> str:
    with pytest.raises(RcmvaeError) as caught:
        load(params)
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {code}
    return "\n".join("\n".join((d.message, *d.help)) for d in caught.value.diagnostics)


def outcome(load, params) -> set[str]:
    try:
        load(params)
    except RcmvaeError as error:
        return {diagnostic.code for diagnostic in error.diagnostics}
    return set()
