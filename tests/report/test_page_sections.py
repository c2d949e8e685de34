"""The sections of a report: complete, self-contained, well-formed, and escaped whatever they contain."""

from __future__ import annotations

import re
from itertools import pairwise

import attrs
import pytest

from rcmvae_core.report.markdown import render_markdown
from rcmvae_core.report.page import render
from rcmvae_core.report.records import Absent, ClassView, FigureView, PartView, RunView
from tests.report.page_cases import (
    BARE,
    EVIL,
    RUN,
    SPEC,
    SUMMARY,
    Page,
    chart,
    named,
    picture,
    seed,
)


def test_sections_are_in_order_and_empty_ones_are_left_out():
    page = Page(render(RUN, [named(), named(name="sigma")]))
    expected = ["Result", "Warnings", "Numbers", "Uncertainty", "Other figures", "Spec", "Parts"]
    assert page.text("h2") == [*expected, "Environment", "Run it again"]
    assert [text for text, a in page.all("a") if a["href"].startswith("#")][1:] == page.text("h2")
    assert Page(render(BARE, [])).text("h2") == ["Result", "Spec", "Run it again"]


def test_what_reading_the_data_noticed_is_a_section_of_its_own():
    notes = ["2 columns are read as number: `a`, `b`", "column `row` is not used: it counts the rows"]
    run = attrs.evolve(RUN, summary={**RUN.summary, "notes": notes})
    page = render(run, [])
    assert Page(page).text("h2").index("Data") == Page(page).text("h2").index("Spec") - 1
    assert "<li>2 columns are read as number: <code>a</code>, <code>b</code></li>" in page
    assert "## Data\n\n- 2 columns are read as number" in render_markdown(run, [])


def test_headings_are_in_order_and_landmarks_are_there():
    page = Page(render(RUN, [named(), named(name="confusion")]))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert [len(page.all(tag)) for tag in ("header", "nav", "main", "aside", "h1")] == [1] * 5


def test_parts_have_versions_and_defaults_are_marked():
    page = Page(render(RUN, []))
    assert {"prior", "loss kl_z"} <= set(page.text("th", scope="row"))
    assert {"0.1.0", "rcmvae-extra", "2.0", "none"} <= set(page.text("td"))
    assert page.text("code", **{"class": "default"}) == ["learn = true"]
    assert page.text("code", **{"class": "given"}) == ["alpha = null", "sizes = [1, 2]", 'name = "é<"']


def test_spec_is_the_exact_text():
    (shown,) = Page(render(RUN, [])).text("pre")
    # As the HTML standard has it: one line feed after <pre> is not content.
    assert shown.removeprefix("\n") == SPEC
    assert shown.startswith("\n\n\n")


def test_defaults_of_the_spec_are_dimmed_by_their_whole_path():
    text = 'name = "a"\n[latent]\ndim = 2\nlayout = "b"\n[loss."k z"]\ndim = 2\n'
    run = attrs.evolve(RUN, spec_text=text, defaults=frozenset({"latent.dim", 'loss."k z".dim', "name.dim"}))
    page = Page(render(run, []))
    assert page.text("span", **{"class": "default"}) == ["dim = 2\n"] * 2
    assert page.text("pre") == [f"\n{text}"]


@pytest.mark.parametrize("run", [RUN, BARE])
def test_self_contained(run):
    text = render(run, [named(picture(chart(), table="figures/a.csv"))])
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert "src" not in attributes
        assert re.match("#|figures/", attributes.get("href", "#"))
    assert not re.search(r"url\((?!#)|@import|https?://", text)


def test_everything_is_escaped():
    part = PartView(EVIL, EVIL, EVIL, EVIL, {EVIL: EVIL}, label=EVIL)
    summary = SUMMARY | {"seeds": [seed(0, **{EVIL: 1.0}), seed(1)], "baselines": {EVIL: 0.1}}
    classes = {0: [ClassView(EVIL, 1, 0, 0.0, 0.0, 0.0, 0.0)]}
    run = RunView(EVIL, EVIL, summary, EVIL, "", (0,), 1, {}, (part,), {EVIL: EVIL}, (EVIL,), classes)
    figures = [
        FigureView("x", EVIL, EVIL, (picture(chart("result <b> & \"'"), table="figures/x.csv"),)),
        FigureView("y", EVIL, EVIL, (Absent((0,), EVIL, is_error=True),)),
        FigureView("z", EVIL, EVIL, (Absent((0,), EVIL),)),
    ]
    page = Page(render(run, figures))
    allowed = {tag for tag, _ in Page(render(RUN, [named()])).elements}
    assert {tag for tag, _ in page.elements} - allowed <= {"figure", "details", "summary", "strong"}
    assert page.text("title") == [f"{EVIL} · rcmvae"]
    assert page.text("h3") == [EVIL, EVIL]
    assert page.text("pre") == [EVIL, f"\n{EVIL}"]
    assert page.all("svg", role="img")[0][1]["aria-label"] == f"{EVIL}: result <b> & \"'"
    unfinished = render(attrs.evolve(run, summary={}, reason=EVIL), figures)
    assert Page(unfinished).text("pre", **{"class": "reason"}) == [EVIL]
    text = render_markdown(run, figures)
    assert "<script" not in text.replace("\\<script", "").replace(f"\n{EVIL}\n", "")


def test_markdown_has_the_same_numbers_warnings_figures_and_spec():
    views = (picture(chart(), (0, 2), "figures/a.csv"), Absent((1,), "no | labels"))
    text = render_markdown(attrs.evolve(RUN, name="a_<b>|c"), [named(*views)])
    assert text.startswith("# a\\_\\<b\\>\\|c\n\n93.00 ± 1.00 % of the test inputs")
    assert "| Test | accuracy | higher | 93.00 ± 1.00 % | 92.00 % | 93.00 % | 94.00 % |" in text
    assert "- \\`a\\` is \\<empty\\> (seeds 0, 2) What to do: `rcmvae explain W411`" in text
    assert "![A chart of seeds 0, 2](figures/a.svg)\n\n[Data of seeds 0, 2](figures/a.csv)" in text
    assert "Does not apply of seed 1: no \\| labels." in text
    assert 'name = "a & b" # <x>' in text
    assert "````toml\n```\n````" in render_markdown(attrs.evolve(RUN, spec_text="```"), [])
