"""The figures of a report: their place, their colours, their shapes, and how they are drawn."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from rcmvae_core.report import drawing, figure_section
from rcmvae_core.report.drawing import draw, draw_compact
from rcmvae_core.report.page import render
from rcmvae_core.report.records import Absent
from rcmvae_core.report.svg import SvgSheet
from tests.report.page_cases import (
    RUN,
    Page,
    chart,
    named,
    picture,
)


def test_figures_are_named_described_and_linked_to_their_data():
    views = [named(picture(chart("42 % of it"), table="figures/a.csv"), name="first"), named(name="second")]
    page = Page(render(RUN, views))
    assert [a["aria-label"] for _, a in page.all("svg", role="img")] == [
        "A chart: 42 % of it",
        "A chart: Result",
    ]
    assert page.text("figcaption", id="caption-first") == ["What it shows."]
    assert [a["href"] for _, a in page.all("a") if a["href"].startswith("figures/")] == [
        "figures/a.csv",
        *["figures/a.svg"] * 2,
    ]
    identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(identities)) == len(identities)


def test_a_figure_that_failed_shows_its_error_in_place_and_one_that_does_not_apply_its_reason_in_a_fold():
    failed = named(Absent((0,), "KeyError: 'sigma'", is_error=True), name="b")
    absent = named(Absent((0,), "the run has no `tau`"), name="c")
    page = Page(render(RUN, [named(name="a"), failed, absent]))
    shown = page.text("figure")
    assert ["could not be drawn" in text for text in shown] == [False, True]
    assert "KeyError: 'sigma'" in shown[1]
    assert page.text("summary") == ["Figures that do not apply (1)"]
    assert "the run has no tau." in page.text("dd")


def test_seeds_are_switched_and_what_they_share_is_there_once():
    views = (picture(chart("a"), (0, 2)), picture(chart("b"), (1,)))
    text = render(RUN, [named(*views), named(picture(chart("all"), (0, 1, 2)), name="other")])
    page = Page(text)
    assert [a["class"] for _, a in page.all("div") if "of-seed" in a.get("class", "")] == [
        "of-seed seed-0 seed-2",
        "of-seed seed-1",
    ]
    assert [(a["id"], "checked" in a) for _, a in page.all("input", name="seed")] == [
        ("seed-0", True),
        ("seed-1", False),
        ("seed-2", False),
    ]
    assert len(page.all("svg", role="img")) == 3
    # Only on a screen: paper has all seeds.
    rule = ":root:has(#seed-1:checked) .of-seed:not(.seed-1) { display: none; }\n"
    assert rule in text.partition("@media screen {\n")[2]


def test_pictures_of_further_seeds_are_linked_where_the_page_would_be_too_large(monkeypatch):
    monkeypatch.setattr(figure_section, "_LARGEST_PAGE", 100)
    views = (picture(chart("a"), (0,)), picture(chart("b"), (1,)))
    page = Page(render(RUN, [named(*views), named(*views, name="second")]))
    assert len(page.all("svg", role="img")) == 2
    assert (
        page.text("p", **{"class": "note"}).count(
            "The picture of seed 1 is not in this page, to keep it small."
        )
        == 2
    )
    assert len([a for _, a in page.all("a") if a["href"] == "figures/a.svg"]) == 4


def test_the_pictures_that_matter_are_at_the_top_and_not_again_below():
    page = Page(render(RUN, [named(name=name) for name in ("loss_curves", "sigma", "confusion")]))
    assert [a["id"] for _, a in page.all("figure")] == [
        "figure-confusion",
        "figure-loss_curves",
        "figure-sigma",
    ]
    assert "At a glance" in page.text("h2")
    assert {"#figure-confusion", "#figure-loss_curves"} <= {a["href"] for _, a in page.all("a")}


def inline(figure):
    return SvgSheet().inline(draw(figure), "label")


def test_figures_have_the_colours_of_the_page():
    with drawing.report_style():
        figure = chart()
    svg = inline(figure)
    assert ":var(--ink)" in svg
    assert drawing.INK not in svg
    own = inline(chart(facecolor="white"))
    assert "var(--" not in own
    assert 'class="plot own"' in own


def test_pictures_share_their_shapes_and_every_reference_leads_to_one():
    sheet = SvgSheet()
    with drawing.report_style():
        figure, other = chart(), chart("Resultat")
        other.axes[0].plot([2, 2, 2], "s")
    pictures = [sheet.inline(draw(each), "label") for each in (figure, other)]
    shapes = re.findall(r'id="(s\d+)"', sheet.html())
    used = [set(re.findall(r'(?:href="|url\()#([^")]+)', each)) for each in pictures]
    assert len(shapes) == len(set(shapes))
    assert used[0] | used[1] == set(shapes)
    assert used[0] & used[1]
    assert sum(map(len, pictures)) + len(sheet.html()) < 0.6 * sum(
        len(draw(each)) for each in (figure, other)
    )


def test_many_marks_become_pixels_between_axes_and_words():
    figure = Figure(figsize=(4, 2))
    figure.subplots().scatter(*np.random.default_rng(0).normal(size=(2, 9000)), s=1)
    large, svg = draw(figure), draw_compact(figure)
    assert len(svg) < len(large) / 3
    assert b"<image" in svg
    assert b"DejaVuSans" in svg
    small = chart()
    assert draw_compact(small) == draw(small)


def test_same_bytes():
    assert render(RUN, [named()]) == render(RUN, [named()])
    svg, png = draw(chart()), draw(chart(), "png")
    assert (svg, png) == (draw(chart()), draw(chart(), "png"))
    assert b"<dc:date>" not in svg
    assert b"Matplotlib v" not in svg + png


def test_drawing_does_not_change_the_users_style():
    with mpl.rc_context({"svg.hashsalt": "mine", "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        draw(chart())
        assert dict(mpl.rcParams) == before
