"""Entry points are read as `importlib.metadata` reads them."""

from __future__ import annotations

import importlib.metadata

import pytest

from rcmvae_core.plugin.entry_points import EntryPoint, canonical, entry_points


@pytest.mark.parametrize(
    "prefix", ["console_scripts", "pytest11", "rcmvae.plugins.v", "jax_plugins", "no.such.group"]
)
def test_it_agrees_with_importlib_metadata(prefix) -> None:
    installed = importlib.metadata.entry_points()
    groups = [group for group in installed.groups if group.startswith(prefix)]
    expected = {
        EntryPoint(
            point.group, point.value.partition("[")[0].replace(" ", ""), point.dist.name, point.dist.version
        )
        for group in groups
        for point in installed.select(group=group)
    }
    assert set(entry_points(prefix)) == expected


def test_ours_is_among_them() -> None:
    names = [(point.group, point.value, point.name) for point in entry_points("rcmvae.plugins.v")]
    assert ("rcmvae.plugins.v1", "rcmvae_plugins.declarations", "rcmvae") in names


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[g.v1]\na = m\n", ["m"]),
        ("[ g.v1 ]\na=m:x.y [extra]\n", ["m:x.y"]),
        ("[other]\na = no\n\n[g.v1]\n# a = no\n; b = no\n\nc  =  m.n : o\n[last]\nd = no\n", ["m.n:o"]),
        ("", []),
        ("a = no\n", []),
    ],
)
def test_forms_of_the_file(tmp_path, monkeypatch, text, values) -> None:
    information = tmp_path / "some_thing-2.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: some-thing\nVersion: 2.0\n\nVersion: no\n"
    )
    (information / "entry_points.txt").write_text(text)
    monkeypatch.setattr("sys.path", [str(tmp_path), str(tmp_path / "gone"), str(information / "METADATA")])
    assert entry_points("g.v") == [EntryPoint("g.v1", value, "some-thing", "2.0") for value in values]


@pytest.mark.parametrize("spelling", ["My_Gates", "my.gates", "MY--gates"])
def test_names_are_compared_as_pep_503_says(spelling) -> None:
    assert canonical(spelling) == "my-gates"
