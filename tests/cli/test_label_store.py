"""`label`, `suggest` and `learn` use the same label store: that of `--store`, of the spec, or the one beside the run."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from rcmvae_core.cli.actions import label, learn, suggest
from rcmvae_core.cli.actions.label_store import existing_store_path, store_path
from rcmvae_core.cli.arguments import read
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels.records import Identity, Provenance
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.plugin.resolved import ResolvedPart
from tests.support.commands import QUICKSTART

DATA = Identity("0123456789abcdef", ())


def options_and_part(
    folder: Path, option: str | None, of_spec: str | None
) -> tuple[argparse.Namespace, ResolvedPart]:
    """Return the options of a verb and the data of a spec, which name the stores `option` and `of_spec`."""
    options = argparse.Namespace(run=folder / "run", store=option and folder / option)
    settings = [f'data.label_store="{folder / of_spec}"'] if of_spec else []
    return options, read(QUICKSTART, settings)[0].one("data")


@pytest.mark.parametrize(
    ("option", "of_spec", "selected"),
    [("a", "b", "a"), ("a", None, "a"), (None, "b", "b"), (None, None, "labels/digits-0123456789ab.sqlite")],
)
def test_which_store_is_used(option, of_spec, selected, tmp_path) -> None:
    options, part = options_and_part(tmp_path, option, of_spec)
    assert store_path(options, part, DATA) == tmp_path / selected
    (tmp_path / selected).parent.mkdir(exist_ok=True)
    (tmp_path / selected).touch()
    assert existing_store_path(options, part, DATA) == tmp_path / selected


@pytest.mark.parametrize(("option", "of_spec"), [("a", "b"), (None, "b")])
def test_a_named_store_must_exist(option, of_spec, tmp_path) -> None:
    options, part = options_and_part(tmp_path, option, of_spec)
    with pytest.raises(RcmvaeError) as raised:
        existing_store_path(options, part, DATA)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "E302"
    assert f"`{tmp_path / (option or of_spec)}` does not exist" in diagnostic.message
    assert not list(tmp_path.iterdir())


def test_without_any_store_there_is_none(tmp_path) -> None:
    assert existing_store_path(*options_and_part(tmp_path, None, None), DATA) is None


@pytest.fixture
def run_of_store(tmp_path) -> tuple[argparse.Namespace, Path]:
    """The options of a verb for a run whose spec names a store in another folder, and the store."""
    store, run = tmp_path / "elsewhere" / "labels.sqlite", tmp_path / "runs" / "second"
    for folder in (store.parent, run):
        folder.mkdir(parents=True)
    text = QUICKSTART.read_text()
    assert "[data]\n" in text
    (run / "spec.toml").write_text(text.replace("[data]\n", f'[data]\nlabel_store = "{store}"\n'))
    resolved, registry = read(run / "spec.toml", ())
    options = argparse.Namespace(run=run, store=None, format="text", resolved=resolved, registry=registry)
    return options, store


def test_every_verb_uses_the_store_of_the_spec(run_of_store, capsys) -> None:
    options, store = run_of_store
    part = options.resolved.one("data")
    dataset = load_dataset(part)
    item = item_ids(dataset)[12]
    with LabelStore(store, identity(dataset)) as opened:
        opened.assign([item], 3, Provenance("a test"))
    beside = default_path(options.run, part.name, identity(dataset))
    assert suggest._stored_items(options, part, dataset) == {item}
    assert learn._label_settings(options) == [f'data.label_store="{store}"', "data.label_revision=1"]
    options.subcommand = "show"
    assert label.main(options) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("1  labels, revision 1")
    assert not beside.exists()
