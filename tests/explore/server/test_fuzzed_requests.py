"""Any request ends in a reply that the interface promises: no 5xx, no traceback, and a label store that can be used.

`RCMVAE_REQUESTS` is the number of requests of the long version, and `RCMVAE_SEED` what they are made from.
"""

from __future__ import annotations

import io
import os
from collections import Counter

import httpx
import pytest
from PIL import Image

from rcmvae_core.data.label_overlay import identity
from rcmvae_core.labels.store import LabelStore
from tests.support.mutated_requests import Maker

FEW = 500


def pictures() -> list[bytes]:
    found = []
    for mode, form, size in (
        ("L", "PNG", (8, 8)),
        ("RGB", "JPEG", (20, 11)),
        ("P", "GIF", (8, 8)),
        ("RGBA", "PNG", (1, 300)),
    ):
        file = io.BytesIO()
        Image.new(mode, size).save(file, form)
        found.append(file.getvalue())
    return found


KNOWN = {
    "m": [0, 0, 0, 1],
    "m2": [0, 1],
    "i": [0, 5, 1796, 1797],
    "id": [0, 3, 9, 10, 11, "1", "2"],
    "indices": [[0], [1, 2, 3], [1796], [1797], [-1], list(range(40))],
    "class": [0, 1, 2, 9, 10, 11],
    "into": [0, 1, 9, 10],
    "channel": [0, 1, 2, 3, 4],
    "channels": [[0], [0, 1, 2, 3], [4]],
    "labels": [0, 1, 2, 5, 10],
    "since": [0, 1, 5],
    "projection": ["pca", "latent", "none"],
    "name": [
        "pca",
        "latent",
        "split",
        "target",
        "label",
        "prediction",
        "score/reconstruction",
        "reconstruction",
        "channel",
        "mine",
        "cat",
    ],
    "acquisition": ["entropy", "typical", "margin", "random", "diverse", "boundary", "bald", "ood", "none"],
    "parameters": [{}, {}, {"x": 1}, {"weight": -1}, {"a.b": "}"}, {"": 0}],
    "how": ["click", "lasso", "suggestion"],
    "request_id": ["one", "two", None],
    "annotator": [None, "someone"],
    "columns": [1, 3, 20],
    "rows": [1, 3],
    "count": [1, 3, 20],
    "steps": [3, 9],
    "number": [0, 0, 1],
    "picture": pictures(),
}


def check(client, workspace, capfd, count, seed) -> Counter[int]:
    """Send requests, and return how many replies had each status."""
    maker = Maker(client.get("/api/v1/openapi.json").json(), KNOWN, seed)
    statuses = Counter[int]()
    for number in range(count):
        sent = maker()
        try:
            reply = client.request(sent.method, sent.path, content=sent.body, headers=sent.headers)
        except httpx.InvalidURL:
            continue
        statuses[reply.status_code] += 1
        about = f"request {number} of seed {seed}: {sent.method} {sent.path[:300]} {(sent.body or b'')[:300]!r}\n{reply.text[:500]}"
        assert reply.status_code < 500, f"{about}\n{capfd.readouterr().err[-3000:]}"
        assert reply.headers["x-content-type-options"] == "nosniff", about
        if reply.status_code >= 400 and sent.method != "HEAD":
            errors = reply.json()["errors"]
            assert errors, about
            assert all(each["code"] and each["message"] for each in errors), about
    err = capfd.readouterr().err
    assert "Traceback" not in err
    return statuses


def check_store(workspace, store) -> None:
    """Open the store anew, which checks it, and compare it with what the server says."""
    with LabelStore(store, identity(workspace.data.loaded), read_only=True) as opened:
        assert opened.revision == workspace.labels.revision
        assert opened.labels_at(opened.revision) == opened.labels()
        classes = {one.id for one in opened.classes() if one.state == "active"}
        assert set(opened.labels().values()) <= classes


@pytest.fixture(autouse=True)
def _without_training(workspace, monkeypatch):
    """A child process for each would take minutes."""
    monkeypatch.setattr(workspace.training, "start", lambda **_: workspace.training.status())


def test_any_request_is_answered(client, workspace, store, capfd):
    statuses = check(client, workspace, capfd, FEW, 1)
    check_store(workspace, store)
    assert statuses[200] > FEW / 5
    assert statuses[422] > FEW / 20
    assert statuses[404] > FEW / 50


@pytest.mark.long
def test_very_many_requests_are_answered(client, workspace, store, capfd):
    count, seed = int(os.environ.get("RCMVAE_REQUESTS", "50000")), int(os.environ.get("RCMVAE_SEED", "2"))
    statuses = check(client, workspace, capfd, count, seed)
    check_store(workspace, store)
    print(f"statuses: {dict(sorted(statuses.items()))}")
