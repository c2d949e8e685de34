"""What the page is told first, and what depends on no label."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.explored_data import SPLITS, store_path
from rcmvae_core.explore.workspace import open_workspace


def test_a_session_of_pictures(pictures, opened):
    workspace = opened(pictures)
    session = workspace.session([{"name": "pca"}])
    json.dumps(session, allow_nan=False)
    assert session["inputs"] == {
        "count": 1797, "kind": "image", "shape": [8, 8, 1], "features": [], "names": False,
        "picture": {"height": 8, "width": 8},
    }  # fmt: skip
    assert sum(session["splits"].values()) == 1797
    assert (session["channels"], session["dim"], session["seeds"], session["model"]) == (14, 2, [0], 0)
    assert session["projections"] == [{"name": "pca"}]
    (model,) = session["models"]
    assert (model["name"], model["epochs"], model["parent"]) == ("pictures", 2, None)
    assert session["has_targets"]
    assert session["default_acquisition"] == "entropy"
    assert [score["name"] for score in session["scores"] if score["decides"]] == ["channel"]
    entropy = next(each for each in session["acquisitions"] if each["name"] == "entropy")
    assert entropy["parameters"]["diversity"]["maximum"] == 1
    assert entropy["parameters"]["diversity"]["default"] == 0.5
    for column in session["columns"]:
        read = {
            "data": workspace.column,
            "model": workspace.models().column,
            "labels": workspace.view().column,
        }
        values = read[column["scope"]](column["name"])
        assert values.shape == (1797,)
        assert values.dtype in (np.float32, np.int32, np.uint8)
        if column["categories"] is not None:
            assert values.max() < len(column["categories"])


def test_a_session_of_a_table(rows, opened):
    workspace = opened(rows)
    session = workspace.session()
    assert (session["inputs"]["kind"], session["inputs"]["features"]) == ("table", ["a", "b", "c"])
    assert session["inputs"]["picture"] is None
    assert not session["has_targets"]
    assert session["classes"] == []
    assert session["default_acquisition"] == "typical"
    assert "target" not in [column["name"] for column in session["columns"]]


def test_splits_are_those_of_training(pictures):
    codes, split = pictures.data.split_codes, pictures.data.split
    for name in ("train", "validation", "test"):
        assert np.flatnonzero(codes == SPLITS.index(name)).tolist() == sorted(getattr(split, name).tolist())


def test_channels_and_their_cores(pictures, opened):
    workspace = opened(pictures)
    channels = workspace.channel_rows()
    assert sum(each["count"] for each in channels) == 1797
    assert sum(each["usage"] for each in channels) == pytest.approx(1, abs=1e-5)
    for each in channels:
        for number in each["classes"]:
            assert each["tau"][number] > 0.5
    channel = max(channels, key=lambda each: each["count"])
    core = workspace.core(None, channel["channel"], 0.25)
    assert len(core) == int(np.ceil(0.25 * channel["count"]))
    q = pictures.model.responsibilities[:, channel["channel"]]
    rest = np.setdiff1d(np.flatnonzero(pictures.model.channels == channel["channel"]), core)
    assert q[core].min() >= q[rest].max()
    for wrong in (0.0, 1.5):
        with pytest.raises(RcmvaeError, match="E484"):
            workspace.core(0, 0, wrong)
    with pytest.raises(RcmvaeError, match="E485"):
        workspace.core(0, 14, 0.5)


def test_a_summary_counts_labels(pictures, opened):
    workspace = opened(pictures)
    test, targets = pictures.data.split.test[:20].tolist(), pictures.data.targets
    for index in test:
        workspace.labels.assign([index], int(targets[index]))
    summary = workspace.summary()
    right = workspace.view().prediction[test] == targets[test]
    assert (summary["held_out"]["correct"], summary["held_out"]["of"]) == (int(right.sum()), 20)
    shares = [right[targets[test] == label].mean() for label in np.unique(targets[test])]
    assert summary["held_out"]["balanced"] == pytest.approx(np.mean(shares))
    assert summary["labelled"] == sum(each["labels"] for each in summary["by_class"]) == 70
    assert workspace.session()["models"][0]["accuracy"]["of"] == 20


def test_a_model_compared_with_itself_has_not_changed(pictures, opened):
    changes = opened(pictures).compare(0, 0)
    assert (changes["changed"], changes["channel_changed"]) == ([], 0)


def test_the_store_is_that_of_the_run(pictures, tmp_path):
    beside = store_path(pictures.path, pictures.data, None)
    assert beside.parent == pictures.path.parent / "labels"
    assert store_path(pictures.path, pictures.data, tmp_path / "x") == tmp_path / "x"


def test_a_workspace_of_a_path(rows, tmp_path):
    seen = list[tuple[int, int]]()
    workspace = open_workspace(
        rows.path,
        store=tmp_path / "store.sqlite",
        annotator="ann",
        warn=lambda _: None,
        progress=lambda done, total: seen.append((done, total)),
    )
    try:
        np.testing.assert_array_equal(workspace.models().latents, rows.model.latents)
        assert seen[-1] == (96, 96)
        heard = list[dict]()
        stop = workspace.listen(heard.append)
        workspace.labels.add_class("a")
        stop()
        workspace.labels.add_class("b")
        assert heard == [{"type": "labels", "revision": 1}]
    finally:
        workspace.close()
