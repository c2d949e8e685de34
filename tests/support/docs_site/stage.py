"""Collects the pages of the site: those of `docs`, the changelog, and the pages of codes, with links between them.

Pages stay plain Markdown that a code host and `rcmvae explain` show too. What only the site needs is added to the copies:
the menu, which `docs/README.md` lists, links to files outside `docs`, and the picture of the rooms.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePosixPath

from tests.support.docs_site.rooms import drawing

ROOT = Path(__file__).parents[3]
CODES = "rcmvae_core/cli/pages"
MOVED = {"CHANGELOG.md": "changelog.md", "README.md": "readme.md", "experiments/README.md": "experiments.md"}
"""Pages outside `docs`, by where they stand on the site."""
BLOCK = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:)([^()#\s]*)(#[^()\s]*)?(?=\))")
_CODE = re.compile(r"(?<![\w`\[/-])([EW]\d{3})(?![\w`\]])")
_SECTION = re.compile(r"^## (?P<name>.+)\n(?P<text>(?:(?!^## ).*\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^- \[(?P<title>[^\]]+)\]\((?P<page>[^)]+)\.md\)", re.MULTILINE)


def stage(root: Path, target: Path) -> None:
    """Write the pages of the site to an empty folder.

    Args:
        root: the repository.
        target: where the pages are written, as Sphinx reads them.
    """
    places = _places(root)
    codes = {path.stem for path in (root / CODES).glob("*.md")}
    for source, place in places.items():
        text = (root / source).read_text(encoding="utf-8")
        if source == "docs/codes.md":
            text = _without_deep_menu(text + _code_pages(root / CODES))
        text = _linked(text, root, source, places, target)
        if source == "docs/README.md":
            text = _with_menu(text)
        elif place.endswith("/index.md"):
            text += _toctree("", [Path(other).stem for other in _siblings(place, places)])
        if place != "changelog.md":
            text = _with_codes(text, codes, os.path.relpath("codes.md", str(PurePosixPath(place).parent)))
        path = target / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def slug(heading: str) -> str:
    """Return the anchor of a heading as a code host makes it, and of the heading of a code, its code."""
    if code := re.match(r"([EW]\d{3}): ", heading):
        return code[1].lower()
    return re.sub(r"[^\w\s-]", "", heading.strip().lower()).replace(" ", "-")


def _places(root: Path) -> dict[str, str]:
    """Return where each page stands on the site, by its path in the repository; a README becomes an index."""
    found = {
        path.relative_to(root).as_posix(): path.relative_to(root / "docs").as_posix()
        for path in sorted((root / "docs").rglob("*.md"))
        if "pages" not in path.parts  # the codes of an example's package
    }
    found = {source: re.sub(r"(^|/)README\.md$", r"\1index.md", place) for source, place in found.items()}
    found = {source: re.sub(r"^(examples/.+)/index\.md$", r"\1.md", place) for source, place in found.items()}
    return found | {source: place for source, place in MOVED.items() if (root / source).is_file()}


def _siblings(place: str, places: dict[str, str]) -> list[str]:
    folder = PurePosixPath(place).parent
    return [other for other in places.values() if PurePosixPath(other).parent == folder and other != place]


def _linked(text: str, root: Path, source: str, places: dict[str, str], target: Path) -> str:
    """Lead the links of a page to the pages of the site; a linked file that is no page is copied beside them."""
    here = PurePosixPath(places[source]).parent

    def link(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0]
        path = os.path.normpath(PurePosixPath(source).parent / match[1])
        place = places.get(path) or places.get(f"{path}/README.md")
        if place is None and (root / path).is_file():
            place = path.removeprefix("docs/") if path.startswith("docs/") else f"files/{path}"
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, target / place)
        return os.path.relpath(place, str(here)) + (match[2] or "") if place else match[0]

    return _outside_blocks(text, lambda part: _LINK.sub(link, part))


def _with_codes(text: str, codes: set[str], page: str) -> str:
    """Link each code of a diagnostic to its page, but in headings, links and code."""

    def link(match: re.Match[str]) -> str:
        return f"[{match[1]}]({page}#{match[1].lower()})" if match[1] in codes else match[0]

    def line(text: str) -> str:
        if text.startswith(("#", "    ")):
            return text
        pieces = re.split(r"(`[^`]*`|\[[^\]]*\]\([^)]*\))", text)
        pieces[::2] = [_CODE.sub(link, piece) for piece in pieces[::2]]
        return "".join(pieces)

    return _outside_blocks(text, lambda part: "\n".join(map(line, part.split("\n"))))


def _outside_blocks(text: str, change) -> str:
    parts = BLOCK.split(text)
    parts[::2] = map(change, parts[::2])
    parts[1::2] = [_pictured(part) for part in parts[1::2]]
    return "".join(parts)


def _pictured(block: str) -> str:
    """Draw a flowchart, of which a browser knows nothing without a program from elsewhere."""
    if not block.startswith("```mermaid\n"):
        return block
    return f"```{{raw}} html\n{drawing(block)}\n```"


def _with_menu(text: str) -> str:
    """Add the menu: each section of the page lists the pages below one of its headings."""
    menus = [
        _toctree(section["name"], [f"{entry['title']} <{entry['page']}>" for entry in entries])
        for section in _SECTION.finditer(text)
        if (entries := list(_ENTRY.finditer(section["text"])))
    ]
    return text + "".join(menus)


def _toctree(caption: str, pages: list[str]) -> str:
    heading = f":caption: {caption}\n" if caption else ""
    lines = "\n".join(pages)
    return f"\n```{{toctree}}\n:hidden:\n{heading}\n{lines}\n```\n"


def _code_pages(folder: Path) -> str:
    """Return the pages of all codes, each a section."""
    pages = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md")))
    return "\n## Each code\n" + "".join(f"\n##{text}" for text in pages)


def _without_deep_menu(text: str) -> str:
    """Keep the headings below the second level out of the menus, which are part of every page."""
    return f"---\ntocdepth: 2\n---\n{text}"
