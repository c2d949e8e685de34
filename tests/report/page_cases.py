"""Runs whose pages the tests render, and a parser of pages."""

from __future__ import annotations

from html.parser import HTMLParser

from matplotlib.figure import Figure

from rcmvae_core.report.drawing import css_size, draw_compact
from rcmvae_core.report.records import FigureView, MetricView, PartView, Picture, RunView

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
