"""Configures Sphinx for the site: MyST reads Markdown, Furo lays it out, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))

project = "RCM-VAE"
author = "The RCM-VAE authors"
project_copyright = "2026, The RCM-VAE authors"
release = re.findall(r'__version__ = "(.+)"', (ROOT / "rcmvae_core" / "version.py").read_text("utf-8"))[0]
extensions = ["myst_parser"]
root_doc = "index"
myst_heading_anchors = 4
myst_heading_slug_func = "tests.support.docs_site.stage.slug"
myst_fence_as_directive = ["math"]
suppress_warnings = ["misc.highlighting_failure"]  # examples of wrong TOML
html_theme = "furo"
html_title = "RCM-VAE"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def setup(app: Sphinx) -> None:
    """Typeset formulas as MathML, which browsers know without a program or a font from elsewhere."""
    app.add_lexer("csv", TextLexer)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(convert(_spaced(node)))
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(f'<div class="math">{convert(_spaced(node), display="block")}</div>\n')
    raise nodes.SkipNode


def _spaced(node: nodes.Element) -> str:
    """Return a formula with the space after a logarithm that TeX would add by itself."""
    return re.sub(r"\\log +", r"\\log\\, ", node.astext())
