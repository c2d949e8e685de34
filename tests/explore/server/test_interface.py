"""The document of the interface describes it, and the example of its page runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from rcmvae_core.explore.server.openapi import document
from rcmvae_core.explore.server.routes import ROUTES
from tests.support.served import TOKEN

PAGE = Path(__file__).parents[3] / "docs" / "explore-http.md"
TEMPLATE = re.compile(r"\{(\w+)\}")


def operations():
    for path, methods in document(ROUTES)["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_has_the_form_of_openapi():
    found = document(ROUTES)
    assert found["openapi"].startswith("3.1")
    assert {"title", "version"} <= found["info"].keys()
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids) == len(ROUTES)
    for path, method, operation in operations():
        named = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
        assert named == TEMPLATE.findall(path)
        assert all(each["required"] for each in operation["parameters"] if each["in"] == "path")
        assert ("requestBody" in operation) == (method == "post")
        assert operation["summary"].endswith(".")
        assert "default" in operation["responses"]


def test_every_schema_is_one():
    for _, _, operation in operations():
        schemas = [each["schema"] for each in operation["parameters"]]
        bodies = operation.get("requestBody", {"content": {}})["content"].values()
        schemas += [media["schema"] for media in bodies]
        for schema in schemas:
            Draft202012Validator.check_schema(schema)


def test_the_document_is_served(client):
    reply = client.get("/api/v1/openapi.json")
    assert reply.json() == document(ROUTES)


@pytest.mark.parametrize("prefix", ["", "/user/me/proxy/8765"])
def test_the_page_and_its_files_have_relative_addresses(client, prefix):
    page = client.get("/").text
    addresses = re.findall(r'(?:href|src)="([^"]*)"', page)
    files = [each for each in addresses if not each.startswith(("#", "data:"))]
    assert files
    base = httpx.URL(f"http://host{prefix}/")
    for each in files:
        path = base.join(each).path
        assert path.startswith(f"{prefix}/")
        assert client.get(path.removeprefix(prefix)).status_code == 200


def test_the_example_of_the_page_runs(client):
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    more = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    url = f"{client.origin}/?token={TOKEN}"
    words = [sys.executable, "-c", f"{code}\n{more}\nprint(channels.shape)", url]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 12
    assert lines[-1] == "(1797,)"


def test_every_path_of_the_page_exists():
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r'call\(f?"([a-z]+)', text)) | set(re.findall(r"`(?:GET|POST) ([a-z/]+)`", text))
    known = {route.path.partition("/")[0] for route in ROUTES}
    assert {each.partition("/")[0] for each in named} <= known
