"""Runs Sphinx over the staged pages; every warning is an error: a broken link, an anchor, a page in no menu."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.docs_site.stage import ROOT, stage

HERE = Path(__file__).parent
ACCESSIBLE = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="This page" class="toc-drawer',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div class="math">': '<div tabindex="0" class="math">',
    "<pre>": '<pre tabindex="0">',
}
"""What the theme writes, and what a keyboard and a screen reader need: wide blocks are scrolled by keys too."""


def build(target: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Write the site of a repository to a folder, which is emptied first.

    Args:
        target: the folder of the site.
        root: the repository.

    Returns:
        The process, with every warning in its output; its exit code is 0 if there was none.
    """
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        stage(root, pages)
        command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--nitpicky", "--quiet", "--no-color"]
        command += ["-b", "html", "-c", str(HERE), "-d", f"{folder}/cache", str(pages), str(target)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, cwd=root
        )
    shutil.rmtree(target / "_sources", ignore_errors=True)
    (target / ".buildinfo").unlink(missing_ok=True)
    for page in target.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for old, new in ACCESSIBLE.items():
            text = text.replace(old, new)
        page.write_text(text, encoding="utf-8")
    return done
