"""The report of a run: complete, self-contained, well-formed, and escaped whatever it contains."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import attrs
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from rcmvae_core.report import drawing, figure_section, numbers
from rcmvae_core.report.drawing import css_size, draw, draw_compact
from rcmvae_core.report.markdown import render_markdown
from rcmvae_core.report.page import render
from rcmvae_core.report.records import Absent, ClassView, FigureView, MetricView, PartView, Picture, RunView
from rcmvae_core.report.svg import SvgSheet

VOID = {"meta", "img", "link", "br", "hr", "input"}
EVIL = "<script>alert(\"1\")</script> & 'x' $name ${style} <!-- ]]> </pre> </style>"
SPEC = '\n\nname = "a & b" # <x>\r\n\tseeds = [0]\n\n'
NAN = float("nan")


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
    metrics = {"accuracy": 0.92 + index / 100, "elbo": -31.2, "negative_log_likelihood": 25.0}
    values = {"seed": index, "test": metrics | test, "validation": {"accuracy": 0.9}, "seconds": 60.0}
    return values | {"metrics": {"nmi": 0.81 + index / 100}, "epochs": 40}


SUMMARY = {
    "name": "run",
    "seeds": [seed(0), seed(1), seed(2, calibration_error=0.03)],
    "mean": {
        "test": {"accuracy": 0.93, "elbo": -31.2},
        "validation": {"accuracy": 0.9},
        "metrics": {"nmi": 0.82},
    },
    "std": {
        "test": {"accuracy": 0.01, "elbo": 0.25},
        "validation": {"accuracy": 0.0},
        "metrics": {"nmi": 0.01},
    },
    "baselines": {"constant": 0.1, "logistic_regression": 0.85},
    "parameters": 123456,
    "epochs": 40,
    "labels": 100,
    "training": 1294,
    "test": 360,
}
PARTS = (
    PartView(
        "prior",
        "mixture",
        "rcmvae",
        "0.1.0",
        {"learn": True, "alpha": None, "sizes": (1, 2), "name": "é<"},
        defaults=frozenset({"learn"}),
    ),
    PartView("loss", "kl_latent", "rcmvae-extra", "2.0", label="kl_z"),
)
METRICS = {"nmi": MetricView("shared information", direction="higher")}
RUN = RunView(
    name="run",
    state="done",
    summary=SUMMARY,
    spec_text=SPEC,
    seeds=(0, 1, 2),
    epochs=40,
    parts=PARTS,
    environment={"python": "3.11", "jax": "0.10"},
    warnings=("W411, seed 0: `a` is <empty>", "W411, seed 2: `a` is <empty>", "no code"),
    metrics=METRICS,
)
BARE = RunView("run", "done", {}, "")


def chart(result="Result", **style):
    figure = Figure(figsize=(4, 2), **style)
    figure.suptitle(result)
    figure.subplots().plot([1, 3, 2])
    return figure


def picture(figure, seeds=(0,), table=""):
    title = figure.get_suptitle()
    return Picture(seeds, draw_compact(figure), *css_size(figure), title, "figures/a.svg", table)


def named(*views, name="chart"):
    return FigureView(name, "A chart", "What `it` shows.", views or (picture(chart()),))


def test_the_headline_answers_whether_it_worked():
    page = Page(render(RUN, []))
    (verdict,) = page.text("p", **{"class": "verdict"})
    assert verdict.replace("\u00a0", " ") == (
        "93.00 ± 1.00 % of the test inputs are predicted right, against 10.00 % by a constant guess (the most frequent "
        "class) and 85.00 % by logistic regression on the same labels."
    )
    assert page.text("dt")[:3] == ["This model", "Logistic regression", "Constant guess"]
    assert [a["style"] for _, a in page.all("i")] == ["left:92.00%", "left:93.00%", "left:94.00%"]
    shown = dict(zip(page.text("dt")[3:], page.text("span", **{"class": "value"}), strict=False))
    assert shown == {
        "Test accuracy": "93.00 ± 1.00 %",
        "Test ELBO": "−31.20 ± 0.25",
        "NMI": "0.820 ± 0.010",
        "Training time": "3 min 0 s",
        "Parameters": "123\u202f456",
        "Labels used": "100",
        "Test inputs": "360",
    }
    assert page.text("title") == ["run · rcmvae"]
    assert page.text("h1") == ["run done"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"baselines": {"constant": 0.95}}, "no more than by a constant guess"),
        ({"mean": {"test": {"accuracy": 0.9, "elbo": NAN}, "validation": {}}}, "not finite numbers"),
    ],
)
def test_a_bad_result_is_called_bad(changes, sentence):
    (verdict,) = Page(render(attrs.evolve(RUN, summary=SUMMARY | changes), [])).text(
        "p", **{"class": "verdict bad"}
    )
    assert sentence in verdict


def test_one_seed_has_no_deviation_and_no_switch():
    one = SUMMARY | {"seeds": SUMMARY["seeds"][:1]}
    page = Page(render(attrs.evolve(RUN, summary=one), []))
    assert "93.00 %" in page.text("span", **{"class": "value"})
    assert "Mean ± sd" not in page.text("th")
    assert page.all("input", name="seed") == []


def test_no_classifier_no_accuracy():
    seeds = [{"seed": 0, "test": {"elbo": -1.0}, "validation": {"elbo": -2.0}, "seconds": 1.0}]
    mean = {"test": {"elbo": -1.0}, "validation": {"elbo": -2.0}}
    text = render(attrs.evolve(RUN, summary=SUMMARY | {"seeds": seeds, "mean": mean, "std": mean}), [])
    assert "Test accuracy" not in text
    assert "The ELBO of test inputs is −1.00\u00a0nats; there is no test accuracy." in text


def test_a_run_that_is_not_done_says_how_far_it_got_and_why():
    run = attrs.evolve(RUN, summary={}, state="failed", reason="E431: <NaN>\nhelp", progress={0: 40, 1: 12})
    page = Page(render(run, []))
    assert page.text("h1") == ["run not finished"]
    assert page.text("p", **{"class": "verdict bad"}) == ["Not finished: it failed."]
    assert page.text("pre", **{"class": "reason"}) == ["E431: <NaN>\nhelp"]
    assert [text for text in page.text("li") if text.startswith("seed")] == [
        "seed 0: 40 of 40 epochs",
        "seed 1: 12 of 40 epochs",
        "seed 2: not started",
    ]
    assert "rcmvae resume ." in page.text("code")
    assert "Numbers" not in page.text("h2")


@pytest.mark.parametrize(("state", "words"), [("running", "was killed"), ("?", "is unknown")])
def test_the_state_of_an_unfinished_run(state, words):
    assert words in render(attrs.evolve(RUN, summary={}, state=state), [])


def test_the_table_of_metrics_has_a_row_for_each_and_a_dash_for_missing_values():
    page = Page(render(RUN, []))
    assert page.text("th", scope="col")[:5] == ["Metric", "Mean ± sd", "Seed 0", "Seed 1", "Seed 2"]
    assert page.text("th", scope="rowgroup") == ["Test", "Metrics of the spec", "Validation", "Training"]
    rows = [text.strip() for text in page.text("th", scope="row")]
    assert rows[0] == "accuracy ↑ share of inputs whose class is predicted right"
    assert rows[4] == "NMI ↑ shared information"
    cells = page.text("td", **{"class": "number"})
    assert cells[:3] == ["92.00 %", "93.00 %", "94.00 %"]
    assert cells[9:15] == ["–", "–", "0.030", "0.810", "0.820", "0.830"]


def test_metrics_of_the_spec_repeat_no_standard_one_and_fold_those_of_every_channel():
    many = {f"kl_by_channel/{n}": float(n) for n in range(12)}
    seeds = [seed(0) | {"metrics": {"accuracy": 0.92, "nmi": 0.8, **many}}]
    run = attrs.evolve(
        RUN, summary=SUMMARY | {"seeds": seeds}, metrics={"kl_by_channel": MetricView("bits", "nats")}
    )
    page = Page(render(run, []))
    rows = [text.strip() for text in page.text("th", scope="row")]
    assert [text.split()[0] for text in rows[:5]] == ["accuracy", "ELBO", "reconstruction", "NMI", "accuracy"]
    assert page.text("summary") == ["KL by channel (12 values)"]
    assert [text for text in rows if "KL by" in text] == [f"KL by channel ({n})  bits" for n in range(12)]


def test_warnings_say_what_to_do_and_name_their_seeds_once():
    items = [text for text in Page(render(RUN, [])).text("li") if "empty" in text or "code" in text]
    assert items == ["a is <empty> (seeds 0, 2)What to do: rcmvae explain W411", "no code"]


def test_a_long_warning_is_folded():
    run = attrs.evolve(RUN, warnings=[f"W406, seed 0: never predicted: {'class, ' * 100}"])
    page = Page(render(run, []))
    assert page.text("summary") == ["The whole warning"]
    (item,) = [text for text in page.text("li") if "never" in text]
    assert "… (seed 0)What to do: rcmvae explain W406" in item
    assert item.endswith("class, class, ")


def test_sections_are_in_order_and_empty_ones_are_left_out():
    page = Page(render(RUN, [named(), named(name="sigma")]))
    expected = ["Result", "Warnings", "Numbers", "Uncertainty", "Other figures", "Spec", "Parts"]
    assert page.text("h2") == [*expected, "Environment", "Run it again"]
    assert [text for text, a in page.all("a") if a["href"].startswith("#")][1:] == page.text("h2")
    assert Page(render(BARE, [])).text("h2") == ["Result", "Spec", "Run it again"]


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
