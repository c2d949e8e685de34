"""The sections of a report; each gives its HTML, or none when it has nothing to say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rcmvae_core.report.drawing import data_uri, size
from rcmvae_core.report.html import Html, element, joined, table, void
from rcmvae_core.report.numbers import count, decimal, duration, metric
from rcmvae_core.report.records import NamedFigure, Part, RunView

_NAMES: Mapping[str, str] = {
    "elbo": "ELBO",
    "negative_log_likelihood": "NLL",
    "kl_latent": "KL(z)",
    "kl_channel": "KL(c)",
}
_FIRST = ("accuracy", "elbo", "negative_log_likelihood", "kl_latent", "kl_channel")


def headline(summary: Mapping[str, Any]) -> Html:
    """The numbers that one wants first."""
    if not summary:
        return element("p", "No seed has finished, so there are no numbers yet.", class_="note")
    seeds: Sequence[Mapping[str, Any]] = summary["seeds"]
    over = f"mean ± sd of {len(seeds)} seeds" if len(seeds) > 1 else "one seed"
    mean, std = summary["mean"], summary["std"] if len(seeds) > 1 else {"test": {}, "validation": {}}
    seconds = [float(seed["seconds"]) for seed in seeds]
    each = f"{duration(sum(seconds) / len(seconds))} a seed" if len(seconds) > 1 else "one seed"
    splits = {"Test accuracy": "test", "Validation accuracy": "validation"}
    accuracies = [
        (title, metric("accuracy", mean[split], std[split]), over)
        for title, split in splits.items()
        if "accuracy" in mean[split]
    ]
    numbers = [
        *accuracies,
        ("Test ELBO", metric("elbo", mean["test"], std["test"]), f"nats, {over}"),
        ("Time", duration(sum(seconds)), each),
        ("Epochs", count(summary["epochs"]), "at most"),
        ("Parameters", count(summary["parameters"]), "numbers that are trained"),
        ("Labels used", f"{count(summary['labels'])} of {count(summary['training'])}", "training examples"),
        ("Test examples", count(summary["test"]), "held out"),
    ]
    return element("dl", *(_number(*entry) for entry in numbers), class_="numbers")


def _number(title: str, value: str, note: str) -> Html:
    shown = element("dd", element("span", value, class_="value"), " ", element("span", note, class_="note"))
    return element("div", element("dt", title), shown)


def seeds(summary: Mapping[str, Any]) -> Html:
    """Every seed in a row; their mean below."""
    if not summary:
        return Html()
    found: Sequence[Mapping[str, Any]] = summary["seeds"]
    columns = [(split, name) for split in ("test", "validation") for name in _metrics(found, split)]
    splits = [split for split, _ in columns]
    groups = [
        element("th", split.capitalize(), scope="colgroup", colspan=str(splits.count(split)), class_="group")
        for split in dict.fromkeys(splits)
    ]
    head = [
        [element("th", "Seed", scope="col", rowspan="2"), *groups, _column("Seconds", rowspan="2")],
        [_column(_NAMES.get(name, name.replace("_", " "))) for _, name in columns],
    ]
    rows = [
        element(
            "tr",
            element("th", str(seed["seed"]), scope="row"),
            *(_cell(metric(name, seed[split])) for split, name in columns),
            _cell(decimal(float(seed["seconds"]), 1)),
        )
        for seed in found
    ]
    foot = [
        element(
            "tr",
            element("th", title, scope="row"),
            *(_cell(metric(name, summary[statistic][split])) for split, name in columns),
            _cell(""),
        )
        for title, statistic in (("Mean", "mean"), ("sd", "std"))
    ]
    return _section("Seeds", table("Metrics of each seed", head, rows, foot if len(found) > 1 else ()))


def _metrics(found: Sequence[Mapping[str, Any]], split: str) -> list[str]:
    names = dict.fromkeys(name for seed in found for name in seed[split])
    return [name for name in _FIRST if name in names] + [name for name in names if name not in _FIRST]


def figures(found: Sequence[NamedFigure]) -> Html:
    """Every figure with its caption; an error where a figure failed."""
    return _section("Figures", *(_figure(one) for one in found)) if found else Html()


def _figure(one: NamedFigure) -> Html:
    caption = element("figcaption", one.caption, id=f"caption-{one.name}")
    return element(
        "figure", element("h3", one.title), caption, _picture(one), id=f"figure-{one.name}", class_="figure"
    )


def _picture(one: NamedFigure) -> Html:
    if isinstance(one.figure, str) or isinstance(one.svg, str):
        return _failure(str(one.svg))
    try:
        source = data_uri(one.figure, one.svg)
    # Even where the SVG is drawn: as pixels the same figure may be too large.
    except Exception as error:  # noqa: BLE001
        return _failure(f"{type(error).__name__}: {error}")
    width, height = size(one.figure)
    finding = one.figure.get_suptitle().strip()
    return void(
        "img",
        src=source,
        alt=f"{one.title}: {finding}" if finding else one.title,
        width=str(width),
        height=str(height),
        aria_describedby=f"caption-{one.name}",
    )


def _failure(error: str) -> Html:
    message = element("p", element("strong", "This figure could not be drawn."))
    return element("div", message, element("pre", error), class_="failure", role="note")


def warnings(run: RunView) -> Html:
    """What to know before trusting the numbers."""
    items = [element("li", warning) for warning in run.warnings]
    return _section("Warnings", element("ul", *items, class_="warnings")) if items else Html()


def model(run: RunView) -> Html:
    """Every part: what it is, who ships it, and its parameters."""
    if not run.parts:
        return Html()
    head = [[_plain(title) for title in ("Kind", "Plugin", "Distribution", "Parameters")]]
    return _section("Model", table("Parts of the model", head, map(_part, run.parts)))


def _part(part: Part) -> Html:
    kind = f"{part.kind} {part.label}" if part.label else part.kind
    pairs = [
        element("code", f"{name} = {json.dumps(value, ensure_ascii=False, default=str)}")
        for name, value in part.parameters.items()
    ]
    return element(
        "tr",
        element("th", kind, scope="row"),
        element("td", element("code", part.plugin)),
        element("td", f"{part.distribution} {part.version}"),
        element("td", *pairs, class_="pairs") if pairs else element("td", "none", class_="note"),
    )


def spec(run: RunView) -> Html:
    """The resolved spec, so that copying it gives the text that ran."""
    # A parser drops one line feed right after <pre>; this is that one, not the text's own.
    text = element("pre", Html("\n"), run.spec_text, tabindex="0", aria_label="The resolved spec")
    return _section("Spec", text)


def environment(run: RunView) -> Html:
    """Versions and backend."""
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in run.environment.items()
    ]
    head = [[_plain("Name"), _plain("Value")]]
    return _section("Environment", table("What the run ran on", head, rows)) if rows else Html()


def _section(title: str, *content: str) -> Html:
    name = title.lower()
    return element("section", element("h2", title, id=name), joined(content), aria_labelledby=name)


def _plain(title: str) -> Html:
    return element("th", title, scope="col")


def _column(title: str, **attributes: str) -> Html:
    return element("th", title, scope="col", class_="number", **attributes)


def _cell(text: str) -> Html:
    return element("td", text, class_="number")
