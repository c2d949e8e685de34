"""A finished run as one page of HTML: numbers, figures, parts and the spec; no model code."""

from __future__ import annotations

from rcmvae_core.report.drawing import draw, inked
from rcmvae_core.report.page import render
from rcmvae_core.report.records import NamedFigure, Part, RunView

__all__ = ["NamedFigure", "Part", "RunView", "draw", "inked", "render"]
