"""Arguments that can be no path or name are one diagnostic each, in every verb."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.errors import Diagnostic
from rcmvae_core.inference import load
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


def test_a_class_name_with_a_control_character_makes_a_valid_spec(rcmvae, tmp_path) -> None:
    inputs = np.arange(240, dtype=np.float32).reshape(60, 4)
    np.savez(tmp_path / "d.npz", x=inputs, y=np.array(["a\x1b[31m", "b\x9b", "c"] * 20))
    written = rcmvae("new", "spec", "s.toml", "--from", "d.npz", "--label", "y")
    assert written.returncode == 0, written.stderr
    done = rcmvae("validate", "s.toml", "--data")
    assert (done.returncode, done.stdout) == (0, "s.toml: valid\n")
    assert (written.stderr + done.stderr).replace("\n", "").isprintable()


def test_warnings_of_the_python_api_are_printable() -> None:
    with pytest.warns(UserWarning, match=r"W411: a\\x1b\[31m"):
        load._python_warning(Diagnostic("W411", "a\x1b[31m"))
