"""The report of a run: complete, self-contained, well-formed, and escaped whatever it contains."""

import base64
import re
from html.parser import HTMLParser

import attrs
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from rcmvae_core.report import drawing, numbers
from rcmvae_core.report.drawing import draw
from rcmvae_core.report.page import render
from rcmvae_core.report.records import NamedFigure, PartView, RunView

VOID = {"meta", "img", "link", "br", "hr", "input"}
EVIL = "<script>alert(\"1\")</script> & 'x' $name ${style} <!-- ]]> </pre> </style>"
SPEC = '\n\nname = "a & b" # <x>\r\n\tseeds = [0]\n\n'


class Page(HTMLParser):
    """A parsed page: elements with their attributes, and the text inside each."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert len({name for name, _ in attributes}) == len(attributes)
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, len(self.elements) - 1))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for _, index in self.open:
            self.texts[index] = self.texts.get(index, "") + data

    def all(self, tag, **expected):
        return [
            (self.texts.get(index, ""), attributes)
            for index, (name_, attributes) in enumerate(self.elements)
            if name_ == tag and all(attributes.get(name) == value for name, value in expected.items())
        ]

    def text(self, tag, **expected):
        return [text for text, _ in self.all(tag, **expected)]


def seed(index, **test):
    metrics = {
        "accuracy": 0.92 + index / 100,
        "elbo": -31.2,
        "negative_log_likelihood": 25.0,
        "kl_latent": 5.0,
    }
    return {"seed": index, "test": metrics | test, "validation": {"accuracy": 0.9}, "seconds": 60.0}


SUMMARY = {
    "name": "run",
    "seeds": [seed(0), seed(1), seed(2, calibration_error=0.03)],
    "mean": {"test": {"accuracy": 0.93, "elbo": -31.2}, "validation": {"accuracy": 0.9}},
    "std": {"test": {"accuracy": 0.01, "elbo": 0.25}, "validation": {"accuracy": 0.0}},
    "parameters": 123456,
    "epochs": 40,
    "labels": 100,
    "training": 1294,
    "test": 360,
}
PARTS = (
    PartView(
        "prior", "mixture", "rcmvae", "0.1.0", {"learn": True, "alpha": None, "sizes": (1, 2), "name": "é<"}
    ),
    PartView("loss", "kl_latent", "rcmvae-extra", "2.0", label="kl_z"),
)
RUN = RunView(
    "run", "done", SUMMARY, SPEC, PARTS, {"python": "3.11", "jax": "0.10"}, ("Channel 3 is empty.",)
)


def chart(result="Result", **style):
    figure = Figure(figsize=(4, 2), **style)
    figure.suptitle(result)
    figure.subplots().plot([1, 3, 2])
    return figure


def named(figure, name="chart"):
    return NamedFigure(name, "A chart", "What it shows.", figure)


def test_headline_numbers():
    page = Page(render(RUN, []))
    shown = dict(zip(page.text("dt"), page.text("span", **{"class": "value"}), strict=True))
    assert shown == {
        "Test accuracy": "93.00 ± 1.00 %",
        "Validation accuracy": "90.00 ± 0.00 %",
        "Test ELBO": "−31.20 ± 0.25",
        "Training time": "3 min 0 s",
        "Epochs": "40",
        "Parameters": "123\u202f456",
        "Labels used": "100 of 1\u202f294",
        "Test examples": "360",
    }
    assert page.text("title") == ["run · rcmvae"]
    assert page.text("h1") == ["run done"]


def test_one_seed_has_no_deviation():
    one = SUMMARY | {"seeds": SUMMARY["seeds"][:1]}
    page = Page(render(attrs.evolve(RUN, summary=one), []))
    assert "93.00 %" in page.text("span", **{"class": "value"})
    assert page.text("tfoot") == []


def test_no_classifier_no_accuracy():
    seeds = [{"seed": 0, "test": {"elbo": -1.0}, "validation": {"elbo": -2.0}, "seconds": 1.0}]
    mean = {"test": {"elbo": -1.0}, "validation": {"elbo": -2.0}}
    text = render(attrs.evolve(RUN, summary=SUMMARY | {"seeds": seeds, "mean": mean, "std": mean}), [])
    assert "ccuracy" not in text
    assert "−1.00" in text


def test_no_seed_finished():
    page = Page(render(attrs.evolve(RUN, summary={}, state="failed"), []))
    assert page.text("h1") == ["run failed"]
    assert "No seed has finished, so there are no numbers yet." in page.text("p")
    assert "Seeds" not in page.text("h2")


def test_the_table_of_seeds_has_a_row_for_each_and_a_dash_for_missing_metrics():
    page = Page(render(RUN, []))
    heads = page.text("th", scope="col")
    assert heads[:8] == [
        "Seed",
        "Seconds",
        "accuracy",
        "ELBO",
        "NLL",
        "KL(z)",
        "calibration error",
        "accuracy",
    ]
    assert page.text("th", scope="row")[:5] == ["0", "1", "2", "Mean", "sd"]
    cells = page.text("td", **{"class": "number"})
    assert cells[:7] == ["92.00 %", "−31.20", "25.00", "5.00", "–", "90.00 %", "60.0"]
    assert [a["colspan"] for _, a in page.all("th", scope="colgroup")] == ["5", "1"]


def test_sections_are_in_order_and_empty_ones_are_left_out():
    assert Page(render(RUN, [named(chart())])).text("h2") == [
        "Seeds",
        "Figures",
        "Warnings",
        "Model",
        "Spec",
        "Environment",
    ]
    bare = RunView("run", "done", {}, "")
    assert Page(render(bare, [])).text("h2") == ["Spec"]


def test_model_table():
    page = Page(render(RUN, []))
    assert {"prior", "loss kl_z"} <= set(page.text("th", scope="row"))
    assert {"rcmvae 0.1.0", "rcmvae-extra 2.0", "none"} <= set(page.text("td"))
    codes = page.text("code")
    assert codes == ["mixture", "learn = true", "alpha = null", "sizes = [1, 2]", 'name = "é<"', "kl_latent"]


def test_spec_is_the_exact_text():
    (shown,) = Page(render(RUN, [])).text("pre")
    # As the HTML standard has it: one line feed after <pre> is not content.
    assert shown.removeprefix("\n") == SPEC
    assert shown.startswith("\n\n\n")


@pytest.mark.parametrize("run", [RUN, RunView("run", "done", {}, "")])
def test_self_contained(run):
    text = render(run, [named(chart())])
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("src", "data:").startswith("data:")
        assert "href" not in attributes
    assert not re.search(r"url\(|@import|https?://", text)


def test_everything_is_escaped():
    part = PartView(EVIL, EVIL, EVIL, EVIL, {EVIL: EVIL}, label=EVIL)
    summary = SUMMARY | {"seeds": [seed(0, **{EVIL: 1.0}), seed(1)]}
    run = RunView(EVIL, EVIL, summary, EVIL, (part,), {EVIL: EVIL}, (EVIL,))
    figures = [NamedFigure(EVIL, EVIL, EVIL, EVIL), NamedFigure("x", EVIL, EVIL, chart("result <b> & \"'"))]
    page = Page(render(run, figures))
    assert {tag for tag, _ in page.elements} == {
        tag for tag, _ in Page(render(RUN, [named("no"), named(chart())])).elements
    }
    assert page.text("title") == [f"{EVIL} · rcmvae"]
    assert page.text("h3") == [EVIL, EVIL]
    assert page.text("pre") == [EVIL, f"\n{EVIL}"]
    assert page.all("img")[0][1]["alt"] == f"{EVIL}: result <b> & \"'"


def test_figures_are_named_described_and_sized():
    page = Page(render(RUN, [named(chart("42 % of it"), "first"), named(chart(""), "second")]))
    (_, first), (_, second) = page.all("img")
    assert first["alt"] == "A chart: 42 % of it"
    assert second["alt"] == "A chart"
    assert (first["width"], first["height"]) == ("384", "192")
    assert page.text("figcaption", id=first["aria-describedby"]) == ["What it shows."]
    identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(identities)) == len(identities)


def test_a_figure_that_failed_shows_its_error_in_place():
    late = chart()
    late.axes[0].set_title(r"$\frac{$")
    page = Page(
        render(
            RUN, [named(chart(), "a"), named("KeyError: 'sigma'", "b"), named(late, "c"), named(chart(), "d")]
        )
    )
    shown = page.text("figure")
    assert ["could not be drawn" in text for text in shown] == [False, True, True, False]
    assert "KeyError: 'sigma'" in shown[1]
    assert "ValueError" in shown[2]
    assert len(page.all("img")) == 2


def decoded(source):
    media, _, data = source.partition(";base64,")
    return media, base64.b64decode(data)


def test_figures_follow_the_dark_colour_scheme():
    with drawing.report_style():
        figure = chart()
    media, svg = decoded(drawing.data_uri(figure, draw(figure)))
    assert media == "data:image/svg+xml"
    assert b"prefers-color-scheme:dark" in svg
    assert f": {drawing.INK}".encode() not in svg
    assert b": var(--ink)" in svg


def test_a_figure_with_its_own_background_is_not_changed():
    figure = chart(facecolor="white")
    assert decoded(drawing.data_uri(figure, draw(figure)))[1] == draw(figure)


def test_a_figure_of_many_marks_becomes_a_png():
    figure = Figure(figsize=(4, 2))
    figure.subplots().scatter(*np.random.default_rng(0).normal(size=(2, 9000)), s=1)
    media, data = decoded(drawing.data_uri(figure, draw(figure)))
    assert media == "data:image/png"
    assert data.startswith(b"\x89PNG")
    assert len(data) < len(draw(figure))


def test_same_bytes():
    assert render(RUN, [named(chart())]) == render(RUN, [named(chart())])
    svg, png = draw(chart()), draw(chart(), "png")
    assert (svg, png) == (draw(chart()), draw(chart(), "png"))
    assert b"<dc:date>" not in svg
    assert b"Matplotlib v" not in svg + png


def test_drawing_does_not_change_the_users_style():
    with mpl.rc_context({"svg.hashsalt": "mine", "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        draw(chart())
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.00"),
        (-0.5, "−0.50"),
        (1234.5678, "1234.57"),
        (0.0012, "1.20e−03"),
        (2.5e7, "2.50e+07"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
    ],
)
def test_format_number(value, shown):
    assert numbers.format_number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (3599.6, "1 h 0 min"), (90061, "25 h 1 min")],
)
def test_format_duration(seconds, shown):
    assert numbers.format_duration(seconds) == shown
