"""The site of the documentation is built without a warning, fetches nothing, and shows every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.docs_site.build import ACCESSIBLE, build
from tests.support.docs_site.rooms import drawing
from tests.support.docs_site.stage import slug, stage
from tests.support.imports import ROOT

FETCHED = re.compile(r"<(?:script|img|iframe|source|video|audio)[^>]*\ssrc=\"(?:https?:)?//[^\"]*\"")
LINKED = re.compile(r"<link(?![^>]*rel=\"(?:canonical|license)\")[^>]*\shref=\"(?:https?:)?//[^\"]*\"")
IMPORTED = re.compile(r"(?:@import[^;]*|url\(\s*[\"']?)(?:https?:)?//[^)\"';]*")
SMALL = {
    "docs/README.md": "# Home\n\n## Pages\n\n- [A](a.md): a.\n- [Changes](../CHANGELOG.md): changes.\n",
    "docs/a.md": "# A\n\nSee [the changes](../CHANGELOG.md#100), [a file](../LICENSE) and E101, not `E101`.\n",
    "CHANGELOG.md": "# Changes\n\n## 1.0.0\n\nAn entry about E101.\n",
    "LICENSE": "MIT\n",
    "rcmvae_core/cli/pages/E101.md": "# E101: a file cannot be read\n\nIt says why.\n",
    "docs/codes.md": "# Codes\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("site") / "html"
    done = build(target)
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""
    return target


@pytest.fixture
def small(tmp_path) -> Path:
    """A repository with a few pages."""
    for name, text in SMALL.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "root"


def test_every_page_is_on_the_site(site) -> None:
    pages = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").glob("*.md")
    }
    built = {path.relative_to(site).with_suffix("").as_posix() for path in site.glob("*.html")}
    assert pages - {"README"} | {"index", "changelog", "readme"} <= built


def test_nothing_is_fetched_from_elsewhere(site) -> None:
    found = {
        (path.name, match)
        for path in site.rglob("*")
        if path.suffix in {".html", ".css"}
        for pattern in ((IMPORTED,) if path.suffix == ".css" else (FETCHED, LINKED, IMPORTED))
        for match in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_wide_blocks_are_scrolled_by_keys_too(site) -> None:
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert not any(old in page for page in pages for old in ACCESSIBLE)
    assert all(any(new in page for page in pages) for new in ACCESSIBLE.values())


def test_formulas_and_the_picture_of_the_rooms_need_no_program(site) -> None:
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in (site / "mathematics.html").read_text(
        "utf-8"
    )
    architecture = (site / "architecture.html").read_text(encoding="utf-8")
    assert '<svg class="rooms"' in architecture
    assert "flowchart" not in architecture


def test_a_broken_link_an_anchor_and_a_page_in_no_menu_are_errors(small, tmp_path) -> None:
    (small / "docs" / "a.md").write_text("# A\n\n[gone](gone.md), [an anchor](../CHANGELOG.md#gone)\n")
    (small / "docs" / "lost.md").write_text("# In no menu\n")
    done = build(tmp_path / "html", small)
    assert done.returncode != 0
    for part in ("gone.md", "'gone'", "lost.md"):
        assert any(part in line and "WARNING" in line for line in done.stdout.splitlines()), done.stdout


def test_links_lead_to_the_copies(small, tmp_path) -> None:
    stage(small, tmp_path / "pages")
    page = (tmp_path / "pages" / "a.md").read_text(encoding="utf-8")
    assert (
        "[the changes](changelog.md#100), [a file](files/LICENSE) and [E101](codes.md#e101), not `E101`"
        in page
    )
    assert (tmp_path / "pages" / "files" / "LICENSE").is_file()
    assert "### E101: a file cannot be read" in (tmp_path / "pages" / "codes.md").read_text(encoding="utf-8")
    assert "about E101" in (tmp_path / "pages" / "changelog.md").read_text(encoding="utf-8")


def test_the_tests_that_contributors_are_led_to_exist() -> None:
    text = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    named = re.findall(r"\b(?:tests|plugins|rcmvae_core)/[\w./]*\w", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_headings_have_the_anchors_of_code_hosts() -> None:
    assert slug("A mixture that empties channels") == "a-mixture-that-empties-channels"
    assert slug("What `rcmvae_check` does, and why") == "what-rcmvae_check-does-and-why"
    assert slug("E101: a file cannot be read") == "e101"


def test_a_flowchart_is_drawn_downwards() -> None:
    svg = drawing(
        "```mermaid\nflowchart TD\n    a[a]\n    b[b]\n    c[c]\n    a --> b\n    b --> c\n    a --> c\n```"
    )
    heights = [float(y) for y in re.findall(r'<rect x="[^"]*" y="([^"]*)"', svg)]
    assert heights == sorted(set(heights))
    assert len(re.findall(r'class="head"', svg)) == 3
