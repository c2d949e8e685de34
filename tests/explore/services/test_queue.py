"""Suggestions: only what nobody has labelled or skipped, each with a reason that is true."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.query_pool import query_pool
from rcmvae_core.inference.query import find_acquisition, suggest
from rcmvae_core.inference.uncertainty import entropy
from rcmvae_core.plugin.discovery import discover


@pytest.mark.parametrize("name", discover("only:rcmvae").names("acquisition"))
def test_every_acquisition_asks_for_training_inputs_without_a_label(pictures, opened, name):
    workspace = opened(pictures)
    given = workspace.view().given.labelled.tolist()
    labelled = [int(i) for i in pictures.data.split.train[:200]]
    workspace.labels.assign(labelled, 3)
    queue = workspace.queue.make(name, {}, count=9)
    indices = [entry["index"] for entry in queue["entries"]]
    assert len(set(indices)) == 9
    assert set(indices) <= set(pictures.data.split.train.tolist())
    assert not set(indices) & {*labelled, *given}
    assert (queue["acquisition"], queue["model"], queue["label_revision"]) == (name, 0, 1)
    view = workspace.view()
    for entry in queue["entries"]:
        assert entry["item"] == pictures.data.items.items.at(entry["index"])
        assert entry["prediction"] == view.prediction[entry["index"]]
        assert entry["probability"] == pytest.approx(view.confidence[entry["index"]])
        assert len(entry["reason"]) > 8
    assert queue["left"] == len(workspace.queue.candidates(view)) - 9
    json.dumps(queue, allow_nan=False)


def test_reasons_say_the_numbers(pictures, opened):
    workspace = opened(pictures)
    view = workspace.view()
    (entry,) = workspace.queue.make("entropy", {"diversity": 0}, count=1)["entries"]
    candidates = workspace.queue.candidates(view)
    best = candidates[np.argmax(entropy(view.probabilities[candidates]))]
    p = view.probabilities[entry["index"]]
    assert view.entropy[entry["index"]] == pytest.approx(view.entropy[best])
    first, second = np.argsort(-p)[:2]
    assert f"{p[first]:.2f}" in entry["reason"]
    assert f"`{second}`" in entry["reason"]
    assert f"{entry['score']:.2f} nats" in entry["reason"]
    (typical,) = workspace.queue.make("typical", {}, count=1)["entries"]
    assert f"channel {pictures.model.channels[typical['index']]}," in typical["reason"]


def test_reasons_of_covers_and_phases(pictures, opened):
    workspace = opened(pictures)
    labelled = len(workspace.view().given.labelled)
    (cover,) = workspace.queue.make("prob_cover", {}, count=1)["entries"]
    assert f"{cover['score']:.1%} of the candidates are near it" in cover["reason"]
    (badge,) = workspace.queue.make("badge", {}, count=1)["entries"]
    assert f"is {np.sqrt(badge['score']):.3f}" in badge["reason"]
    phases = workspace.queue.make("two_phase", {"labels": labelled + 1}, count=3)["entries"]
    assert [entry["reason"].split(":")[0] for entry in phases] == [
        "by `typical`",
        "by `margin`",
        "by `margin`",
    ]


def test_the_same_inputs_as_the_command(pictures, opened):
    """`rcmvae suggest` predicts again by the trained classifier; responsibilities and latents are the same."""
    workspace = opened(pictures)
    candidates = workspace.queue.candidates(workspace.view())
    trained = pictures.model.trained
    part = find_acquisition(trained, "diverse")
    labelled = workspace.view().given.labelled
    dataset = pictures.data.dataset
    expected = suggest(trained, part, dataset, candidates, labelled=labelled, count=5, seed=3)
    queue = workspace.queue.make("diverse", {}, count=5, seed=3)
    assert [entry["index"] for entry in queue["entries"]] == expected.indices.tolist()


def test_members_of_one_seed_disagree(pictures, opened):
    workspace = opened(pictures)
    view = workspace.view()
    candidates = workspace.queue.candidates(view)[:300]
    pool = query_pool(view, candidates, sample=True)
    assert pool.epistemic.shape == (300,)
    assert 0 <= pool.epistemic.min() < pool.epistemic.max() < np.log(10)
    np.testing.assert_array_equal(query_pool(view, candidates).epistemic, 0)


def test_a_queue_says_what_has_become_of_it(pictures, opened):
    workspace = opened(pictures)
    queue = workspace.queue.make("random", {}, count=4)
    first, second, *_ = [entry["index"] for entry in queue["entries"]]
    again = workspace.queue.get(queue["id"])
    assert (again["stale"], again["labelled"], again["skipped"]) == (False, [], [])
    workspace.labels.assign([first], 1, how="suggestion", score="random")
    workspace.queue.skips.add([second], "skip")
    again = workspace.queue.get(queue["id"])
    assert (again["stale"], again["labelled"], again["skipped"]) == (True, [first], [second])
    with pytest.raises(RcmvaeError, match="E485"):
        workspace.queue.get("none")


def test_skipped_inputs_are_not_asked_and_unclear_ones_are_remembered(rows, opened):
    workspace = opened(rows)
    candidates = workspace.queue.candidates(workspace.view()).tolist()
    skip, unclear = candidates[:2]
    assert workspace.queue.skips.add([skip], "skip")["skip"][0] == skip
    workspace.queue.skips.add([unclear], "cannot_tell")
    assert workspace.queue.candidates(workspace.view()).tolist() == candidates[2:]
    assert not workspace.labels.path.exists()
    later = opened(rows)
    assert later.queue.candidates(later.view()).tolist() == [skip, *candidates[2:]]
    workspace.queue.skips.add([candidates[5]], "cannot_tell")
    later.queue.skips.add([candidates[6]], "cannot_tell")
    later.queue.skips.clear([candidates[5], candidates[6]])
    assert (
        opened(rows).queue.skips.rows()["cannot_tell"]
        == workspace.data.items.inputs_of([workspace.data.items.items.at(unclear)]).tolist()
    )
    later.queue.skips.clear([unclear])
    assert opened(rows).queue.candidates(later.view()).tolist() == candidates
    with pytest.raises(RcmvaeError, match="E484"):
        later.queue.skips.add([skip], "boring")
    workspace.queue.skips.path.write_text("{")
    with pytest.raises(RcmvaeError, match="E440"):
        opened(rows)


def test_equal_inputs_are_asked_once(rows, opened):
    workspace = opened(rows)
    queue = workspace.queue.make("typical", {}, count=1000)
    items = [entry["item"] for entry in queue["entries"]]
    assert len(items) == len(set(items))
    assert queue["left"] == 0
    assert all(entry["prediction"] is None for entry in queue["entries"])
    workspace.labels.add_class("all")
    workspace.labels.assign([entry["index"] for entry in queue["entries"]], 0)
    assert workspace.queue.make("typical", {}, count=5)["entries"] == []


def test_wrong_requests_are_refused(pictures, opened):
    queue = opened(pictures).queue
    with pytest.raises(RcmvaeError, match="E431"):
        queue.make("entropi", {}, count=1)
    for count in (0, 1001):
        with pytest.raises(RcmvaeError, match="E484"):
            queue.make("entropy", {}, count=count)
    with pytest.raises(RcmvaeError, match="E2"):
        queue.make("entropy", {"diversity": 7}, count=1)
    with pytest.raises(RcmvaeError, match="E2"):
        queue.make("entropy", {"nothing": 7}, count=1)
