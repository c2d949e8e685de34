"""Finds the pages that `rcmvae explain` prints: those of codes, of the core and of packages, and of the documentation."""

from __future__ import annotations

from pathlib import Path

from rcmvae_core.errors import RunError
from rcmvae_core.plugin.pages import read_pages
from rcmvae_core.plugin.registry import Registry

PAGES = Path(__file__).parent / "pages"
_ROOT = Path(__file__).parents[2]
# A wheel has the documentation within the package, a checkout beside it.
DOCS = next(
    (folder for folder in (_ROOT / "rcmvae_core" / "docs", _ROOT / "docs") if folder.is_dir()), _ROOT / "docs"
)
_SECTIONS = ("", "kinds/", "reference/")
"""Folders of the documentation in which a page is looked for by its bare name."""


def codes() -> list[str]:
    """Return every code of the core."""
    return sorted(page.stem for page in PAGES.glob("*.md"))


def title(text: str) -> str:
    """Return the title of the page of a code, without the code."""
    return text.partition("\n")[0].partition(": ")[2]


def page(code: str) -> str:
    """Return the page of a code of the core, in Markdown."""
    return (PAGES / f"{code}.md").read_text(encoding="utf-8")


def pages_of_packages(registry: Registry) -> tuple[dict[str, str], list[RunError]]:
    """Return the pages of the codes of other packages, by code.

    Returns:
        The pages, and an E218 for each package whose hook raises or returns anything else than pages.
    """
    pages: dict[str, str] = {}
    failed: list[RunError] = []
    for owner, hook in registry.pages:
        try:
            found = read_pages(owner, hook)
        except RunError as error:
            failed.append(error)
            continue
        pages |= {code: text for code, text in found.items() if code not in pages}
    return pages, failed


def documents() -> dict[str, Path]:
    """Return the file of each page of the documentation, by its path without the suffix, such as `kinds/prior`."""
    pages = {path.relative_to(DOCS).with_suffix("").as_posix(): path for path in DOCS.rglob("*.md")}
    return dict(sorted(pages.items()))


def document(name: str) -> str | None:
    """Return a page of the documentation by its path or bare name, such as `prior` for `kinds/prior`; None without one."""
    found = documents()
    for candidate in [f"{section}{name}" for section in _SECTIONS] + [f"{name}/README"]:
        if candidate in found:
            return found[candidate].read_text(encoding="utf-8")
    return None
