"""Every route once with a good request and once with a bad one, and what is in the replies."""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from rcmvae_core.explore.server.routes import ROUTES

COUNT = 1797


class Case(NamedTuple):
    """A request of a route that is answered, and one that is refused with a status."""

    method: str
    route: str
    good: str
    bad: str
    status: int = 404
    body: Any = None
    bad_body: Any = None


def png(mode="L", size=(8, 8), colour=200):
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, "PNG")
    return file.getvalue()


GET = [
    Case("GET", "openapi.json", "openapi.json", "openapi.json?x=1", 422),
    Case("GET", "session", "session", "session?v=1", 422),
    Case("GET", "models", "models", "models?all=1", 422),
    Case("GET", "selections/{name}", "selections/mine", "selections/nobody's"),
    Case("GET", "inputs/pictures", "inputs/pictures?indices=0,5,7&columns=3", "inputs/pictures?indices=1797"),
    Case("GET", "inputs/values", "inputs/values?indices=3,1", "inputs/values?indices=", 422),
    Case("GET", "inputs/{i}", "inputs/5", "inputs/1797"),
    Case("GET", "models/{m}/inputs/{i}", "models/0/inputs/5", "models/0/inputs/-1"),
    Case("GET", "models/{m}/inputs/{i}/reconstructions", "models/0/inputs/5/reconstructions?channels=0,3", "models/0/inputs/5/reconstructions?channels=99", 400),
    Case("GET", "models/{m}/decode", "models/0/decode?channel=CHANNEL&projection=latent&x=0&y=0.5", "models/0/decode?channel=1&projection=latent&x=nan&y=0", 422),
    Case("GET", "models/{m}/decode/grid", "models/0/decode/grid?channel=CHANNEL&projection=pca&x0=-1&x1=1&y0=-1&y1=1&columns=4&rows=3", "models/0/decode/grid?channel=1&projection=pca&x0=-1&x1=1&y0=-1&y1=1&columns=21&rows=20", 422),
    Case("GET", "models/{m}/samples", "models/0/samples?class=3&count=4&seed=1", "models/0/samples?class=3&channel=1", 422),
    Case("GET", "models/{m}/traversal", "models/0/traversal?channel=0&steps=5", "models/0/traversal?channel=4"),
    Case("GET", "models/{m}/columns/{name:path}", "models/0/columns/split", "models/0/columns/../session"),
    Case("GET", "models/{m}/projections/{name}", "models/0/projections/pca", "models/0/projections/tsne"),
    Case("GET", "models/{m}/projections/{name}/map", "models/0/projections/pca/map", "models/7/projections/pca/map"),
    Case("GET", "models/{m}/projections/{name}/channels", "models/0/projections/latent/channels", "models/0/projections/x/channels"),
    Case("GET", "models/{m}/channels", "models/0/channels", "models/0/channels?labels=99"),
    Case("GET", "models/{m}/summary", "models/0/summary?labels=0", "models/0/summary?labels=x", 422),
    Case("GET", "models/{m}/claims", "models/0/claims", "models/1/claims"),
    Case("GET", "models/{m}/core", "models/0/core?channel=CHANNEL&share=0.5", "models/0/core?channel=0&share=2", 422),
    Case("GET", "models/{m}/compare/{m2}", "models/0/compare/0", "models/0/compare/1"),
    Case("GET", "models/{m}/scores/{name}/histogram", "models/0/scores/reconstruction/histogram?bins=7", "models/0/scores/none/histogram"),
    Case("GET", "labels/changes", "labels/changes?since=0", "labels/changes", 422),
    Case("GET", "labels/log", "labels/log?limit=3", "labels/log?limit=0", 422),
    Case("GET", "queue/skips", "queue/skips", "queue/skips?x", 422),
    Case("GET", "queue/{id}", "queue/QUEUE", "queue/unknown"),
    Case("GET", "training", "training", "training?x=1", 422),
    Case("GET", "uploads/{id}/picture", "uploads/UPLOAD/picture", "uploads/none/picture"),
]  # fmt: skip
INDICES = {"indices": [5, 6]}
POST = [
    Case("POST", "models/current", "models/current", "models/current", 404, {"number": 0}, {"number": 3}),
    Case("POST", "selections", "selections", "selections", 404, {"name": "mine", **INDICES}, {"name": "mine", "indices": [COUNT]}),
    Case("POST", "labels", "labels", "labels", 404, {"class": 3, **INDICES}, {"class": 99, **INDICES}),
    Case("POST", "labels/clear", "labels/clear", "labels/clear", 422, INDICES, {"indices": [COUNT]}),
    Case("POST", "labels/undo", "labels/undo", "labels/undo", 422, {}, {"count": 2}),
    Case("POST", "labels/redo", "labels/redo", "labels/redo", 409, {}, {}),
    Case("POST", "classes", "classes", "classes", 400, {"name": "ten"}, {"name": "ten"}),
    Case("POST", "classes/{id}/rename", "classes/10/rename", "classes/10/rename", 400, {"name": "<script>"}, {"name": "3"}),
    Case("POST", "classes/{id}/merge", "classes/10/merge", "classes/0/merge", 400, {"into": 0}, {"into": 0}),
    Case("POST", "classes/{id}/retire", "classes/9/retire", "classes/99/retire", 404, {}, {}),
    Case("POST", "queue", "queue", "queue", 422, {"acquisition": "entropy", "count": 3}, {"acquisition": "entropy", "count": 0}),
    Case("POST", "queue/skips", "queue/skips", "queue/skips", 422, {"reason": "skip", **INDICES}, {"reason": "tired", **INDICES}),
    Case("POST", "queue/skips/clear", "queue/skips/clear", "queue/skips/clear", 422, INDICES, {}),
    Case("POST", "training", "training", "training", 422, None, {"epochs": 0}),
    Case("POST", "training/stop", "training/stop", "training/stop", 422, {}, {"now": True}),
    Case("POST", "uploads", "uploads?name=%3Cscript%3E.png&projection=pca", "uploads?name=x.png", 400, png(), b"no picture"),
]  # fmt: skip
CASES = POST + GET


def send(client, case, path, body):
    if case.method == "GET":
        return client.get(f"/api/v1/{path}")
    if isinstance(body, bytes):
        return client.post(
            f"/api/v1/{path}", content=body, headers={"Content-Type": "application/octet-stream"}
        )
    return client.post(f"/api/v1/{path}", json=body)


@pytest.fixture(scope="module")
def channel(workspace):
    """One that has inputs."""
    return int(workspace.models(0).counts.argmax())


@pytest.fixture(scope="module")
def made(channel):
    """What stands in paths: a channel, and the ids that earlier replies gave."""
    return {"QUEUE": "none", "UPLOAD": "none", "CHANNEL": str(channel)}


def test_every_route_has_a_case():
    listed = sorted((route.method, route.path) for route in ROUTES)
    assert listed == sorted((case.method, case.route) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.route}")
def test_a_good_and_a_bad_request(client, made, capfd, case):
    good = re.sub("QUEUE|UPLOAD|CHANNEL", lambda name: made[name[0]], case.good)
    if case.body is not None or case.method == "GET":
        reply = send(client, case, good, case.body)
        assert reply.status_code == 200, reply.text
        if case.route in ("queue", "uploads"):
            made[case.route.rstrip("s").upper()] = reply.json()["id"]
    refused = send(client, case, case.bad, case.bad_body)
    assert refused.status_code == case.status, refused.text
    assert refused.headers["content-type"] == "application/json"
    assert all(sorted(each) == ["code", "help", "message"] for each in refused.json()["errors"])
    assert "Traceback" not in capfd.readouterr().err


def get(client, path, **parameters):
    reply = client.get(f"/api/v1/{path}", params=parameters or None)
    assert reply.status_code == 200, reply.text
    return reply


def array(reply):
    type_ = np.dtype(reply.headers["x-column-type"]).newbyteorder("<")
    return np.frombuffer(reply.content, type_).reshape(
        tuple(map(int, reply.headers["x-column-shape"].split(",")))
    )


def test_every_column_and_projection_that_the_session_lists(client, workspace):
    session = get(client, "session").json()
    revision = session["label_revision"]
    for column in session["columns"]:
        path = f"models/0/columns/{column['name']}"
        if column["scope"] == "labels":
            assert client.get(f"/api/v1/{path}").status_code == 422
        values = array(get(client, path, **({"labels": revision} if column["scope"] == "labels" else {})))
        assert values.shape == (COUNT,)
        if column["categories"] is not None:
            assert values.max() < len(column["categories"])
    expected = workspace.models(0).scores["reconstruction"]
    np.testing.assert_allclose(
        array(get(client, "models/0/columns/score/reconstruction")), expected, rtol=1e-6
    )
    for projection in ("latent", "pca"):
        facts = get(client, f"models/0/projections/{projection}").json()
        assert len(facts["channels"]["axes"]) == session["channels"]
        assert array(get(client, f"models/0/projections/{projection}/map")).shape == (COUNT, 2)
        assert array(get(client, f"models/0/projections/{projection}/channels")).shape == (COUNT, 2)


def test_a_column_may_be_kept_if_its_address_names_the_process(client):
    instance = get(client, "session").json()["instance"]
    assert "immutable" in get(client, "models/0/columns/split", v=instance).headers["cache-control"]
    for version in ({"v": "another"}, {}):
        reply = get(client, "models/0/columns/split", **version)
        assert "immutable" not in reply.headers["cache-control"]


def test_sheets_have_the_cells_that_were_asked_for(client, channel):
    session = get(client, "session").json()
    for path, cells in (
        ("inputs/pictures?indices=0,1,2,3,4,5&columns=3", (3, 2)),
        ("models/0/inputs/0/reconstructions?channels=0,1", (2, 2)),
        (
            f"models/0/decode/grid?channel={channel}&projection=latent&x0=0&x1=1&y0=0&y1=1&columns=5&rows=4",
            (5, 4),
        ),
        ("models/0/traversal?channel=1&steps=7", (7, session["dim"])),
    ):
        reply = get(client, path)
        assert reply.headers["x-sheet"] == ",".join(map(str, cells))
        size = Image.open(io.BytesIO(reply.content)).size
        assert size == (
            cells[0] * session["inputs"]["picture"]["width"],
            cells[1] * session["inputs"]["picture"]["height"],
        )


def test_a_label_is_in_the_store_and_in_the_news(client, workspace, capfd):
    with client.websocket({"Authorization": client.headers["authorization"]}) as news:
        body = {
            "indices": [10, 11],
            "class": 5,
            "how": "suggestion",
            "score": "entropy",
            "request_id": "r1",
            "annotator": "someone",
        }
        first = client.post("/api/v1/labels", json=body).json()
        again = client.post("/api/v1/labels", json=body).json()
        assert (first["revision"], first["repeated"], again["revision"], again["repeated"]) == (
            again["revision"],
            False,
            first["revision"],
            True,
        )
        assert f'"revision": {first["revision"]}' in news.recv(5)
    changed = client.post("/api/v1/labels", json=body | {"class": 6})
    assert (changed.status_code, changed.json()["errors"][0]["code"]) == (409, "E610")
    column = array(get(client, "models/0/columns/label", labels=first["revision"]))
    assert column[[10, 11]].tolist() == [5, 5]
    event = get(client, "labels/log", limit=1).json()["events"][0]
    assert (event["annotator"], event["how"], event["score"]) == ("someone", "suggestion", "entropy")
    assert get(client, "inputs/10").json()["history"][-1]["class"] == 5


def test_labels_of_another_process_are_news(client, run, store):
    with client.websocket({"Authorization": client.headers["authorization"]}) as news:
        from rcmvae_core.cli.main import main

        assert main(["label", str(run), "--store", str(store), "assign", "--index", "20", "--as", "7"]) == 0
        assert '"labels"' in news.recv(5)
    assert get(client, "inputs/20").json()["label"] == 7


def test_a_core_is_labelled(client, workspace, channel):
    receipt = client.post(
        "/api/v1/labels", json={"core": {"channel": channel, "share": 0.1}, "class": 2}
    ).json()
    assert receipt["inputs"] == len(workspace.core(0, channel, 0.1))
    for body in ({"class": 2}, {"class": 2, "indices": [1], "core": {"channel": 0, "share": 0.1}}):
        assert client.post("/api/v1/labels", json=body).status_code == 422


def test_markup_is_text_everywhere(client):
    name = "<script>alert('1')"
    added = client.post("/api/v1/classes", json={"name": name})
    assert added.json()["classes"][-1]["name"] == name
    upload = client.post(
        "/api/v1/uploads",
        params={"name": f"{name}.png"},
        content=png(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert "<script>" in upload.json()["name"]
    for reply in (added, upload, get(client, "session"), client.post("/api/v1/classes", json={"name": name})):
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert "<script>alert" not in client.get("/").text
