"""`TrainedModel.explore`: the page in a frame, whose selection comes back to Python as indices."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest

from rcmvae_core.errors import RunError
from rcmvae_core.inference.explore_page import ExplorePage


@pytest.fixture(scope="module")
def page(trained):
    with trained.explore(height=640, read_only=True) as page:
        yield page


def read(address, data=None, headers=None):
    request = urllib.request.Request(address, data=data, headers=headers or {})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.read().decode(), reply.headers


def test_a_frame_of_any_site_shows_the_page_without_cookies(page):
    frame = page._repr_html_()
    assert type(frame) is str  # marimo shows no other type, not even one that is a string
    assert 'height="640"' in frame
    address = re.search(r'src="([^"]+)"', frame)[1]
    html, headers = read(address)
    assert "<title>" in html
    assert "frame-ancestors 'self' * vscode-webview:" in headers["Content-Security-Policy"]
    for path in re.findall(r'(?:href|src)="([^"]+\.(?:css|js))"', html):
        assert not path.startswith("/")
        read(address + path)
    session, _ = read(f"{address}api/v1/session")
    assert json.loads(session)["read_only"] is True


def test_the_selection_of_the_page_comes_back_as_indices(page):
    assert page.selection().tolist() == []
    address = re.search(r'src="([^"]+)"', page._repr_html_())[1]
    origin = address.split("/")[2]
    body = json.dumps({"name": "page", "indices": [4, 2, 9]}).encode()
    headers = {"Content-Type": "application/json", "Origin": f"http://{origin}"}
    read(f"{address}api/v1/selections", body, headers)
    assert page.selection().tolist() == [4, 2, 9]


def test_another_token_in_the_path_is_refused(page):
    address = page.url.split("?")[0]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        read(f"{address}{'x' * 43}/")


def test_a_model_without_a_run_says_why_there_is_no_page(trained):
    from attrs import evolve

    with pytest.raises(RunError, match="E499"):
        evolve(trained, folder=None).explore()


def test_what_the_command_refuses_is_said(tmp_path):
    with pytest.raises(RunError, match="not a run directory"):
        ExplorePage(tmp_path)


def test_a_closed_page_says_so(run):
    page = ExplorePage(run)
    page.close()
    page.close()
    with pytest.raises(RunError, match="E499"):
        page.selection()
