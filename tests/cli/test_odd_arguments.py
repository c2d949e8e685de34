"""Arguments that can be no path or name are one diagnostic each, in every verb."""

from __future__ import annotations

import pytest

from tests.support.commands import QUICKSTART

ODD = {
    "empty": "",
    "long": "x" * 5000,
    "surrogate": "\udcff",
    "below": "\udcff/a",
    "folder": "folder",
    "circle": "circle",
}
VERBS = [
    ["validate"], ["fill"], ["explain"], ["run"], ["resume"], ["learn"], ["evaluate"], ["suggest"], ["export", "-o", "out"],
    ["sample", "-o", "out"], ["predict", "-o", "o.csv", "--split", "test"], ["active", "-o", "out"], ["migrate"],
    ["diff", QUICKSTART], ["plugins", "show"], ["plugins", "check"], ["new", "spec", "--from"], ["new", "plugin"],
]  # fmt: skip


@pytest.mark.parametrize("words", VERBS, ids=lambda words: " ".join(map(str, words[:2])))
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_argument_is_a_diagnostic(odd, words, rcmvae, tmp_path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    done = rcmvae(*words, ODD[odd])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert len(done.stderr) < 16_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["circle", "folder"]
