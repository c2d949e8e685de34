"""Version ranges: the quick way and PEP 440's own library give the same answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
import yaml
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from rcmvae_core.version import __version__, within

RELEASES = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda n: ".".join(map(str, n)))
CLAUSES = st.tuples(st.sampled_from([">=", "<=", "==", "!=", "<", ">", ">= ", " <"]), RELEASES).map("".join)


@given(clauses=st.lists(CLAUSES, min_size=1, max_size=3), version=RELEASES)
def test_the_quick_way_is_right(clauses, version) -> None:
    wanted = ",".join(clauses)
    assert within(wanted, version) == SpecifierSet(wanted).contains(version, prereleases=True)


@pytest.mark.parametrize(
    ("wanted", "version", "expected"),
    [
        ("~=0.1", "0.9", True),
        ("~=0.1.2", "0.2", False),
        ("==0.1.*", "0.1.7", True),
        (">=0.1", "0.2.dev1", True),
        ("<0.2", "0.2rc1", False),
        ("", "0.1.0", True),
        (">=0.1,", "0.1.0", True),
    ],
)
def test_all_of_pep_440(wanted, version, expected) -> None:
    assert within(wanted, version) is expected


@pytest.mark.parametrize("wanted", ["0.1", ">>1", "latest", ">=", ">=0.1;<2", "=1"])
def test_nonsense_is_refused(wanted) -> None:
    with pytest.raises(ValueError, match=r"."):
        within(wanted, "0.1.0")


def test_the_citation_names_this_version_and_the_licence_of_the_package() -> None:
    root = Path(__file__).parents[2]
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomli.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == __version__
    assert citation["license"] == project["license"] == "MIT"
    assert (root / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
