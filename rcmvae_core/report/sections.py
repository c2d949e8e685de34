"""Builds the sections of the report; a section without content is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rcmvae_core.report.drawing import css_size, data_uri
from rcmvae_core.report.html import Html, element, join, table, void_element
from rcmvae_core.report.kept_states import kept_states
from rcmvae_core.report.numbers import format_count, format_duration, format_metric, format_number
from rcmvae_core.report.records import NamedFigure, PartView, RunView

_NAMES: Mapping[str, str] = {
    "elbo": "ELBO",
    "negative_log_likelihood": "NLL",
    "kl_latent": "KL(z)",
    "kl_channel": "KL(c)",
}
_FIRST = ("accuracy", "balanced_accuracy", "elbo", "negative_log_likelihood", "kl_latent", "kl_channel")


def headline(summary: Mapping[str, Any]) -> Html:
    """Build the list of the most important numbers, and say which state was kept where the last one is worse.

    Returns:
        A `dl` element, and a paragraph for each such seed.
    """
    if not summary:
        return element("p", "No seed has finished, so there are no numbers yet.", class_="note")
    seeds: Sequence[Mapping[str, Any]] = summary["seeds"]
    several = len(seeds) > 1
    over = f"mean ± sd of {len(seeds)} seeds" if several else "one seed"
    mean, std = summary["mean"], summary["std"] if several else {"test": {}, "validation": {}}
    seconds = [float(seed["seconds"]) for seed in seeds]
    per_seed = f"{format_duration(sum(seconds) / len(seconds))} per seed" if several else "one seed"
    shown = {
        "Test accuracy": ("accuracy", "test"),
        "Balanced test accuracy": ("balanced_accuracy", "test"),
        "Validation accuracy": ("accuracy", "validation"),
    }
    accuracies = [
        (title, format_metric(name, mean[split], std[split]), over)
        for title, (name, split) in shown.items()
        if name in mean[split]
    ]
    labels = f"{format_count(summary['labels'])} of {format_count(summary['training'])}"
    numbers = [
        *accuracies,
        ("Test ELBO", format_metric("elbo", mean["test"], std["test"]), f"nats, {over}"),
        ("Training time", format_duration(sum(seconds)), per_seed),
        ("Epochs", format_count(summary["epochs"]), "at most"),
        ("Parameters", format_count(summary["parameters"]), "trained"),
        ("Labels used", labels, "training examples"),
        ("Test examples", format_count(summary["test"]), "held out"),
    ]
    kept = [element("p", f"{sentence}.", class_="note") for sentence in kept_states(summary)]
    return join([element("dl", *(_number(*entry) for entry in numbers), class_="numbers"), *kept])


def _number(title: str, value: str, note: str) -> Html:
    """Build an entry of the headline.

    Args:
        title: what the number is.
        value: the number, formatted.
        note: its unit or context.

    Returns:
        A `div` element.
    """
    parts = (element("span", value, class_="value"), " ", element("span", note, class_="note"))
    return element("div", element("dt", title), element("dd", *parts))


def seeds(summary: Mapping[str, Any]) -> Html:
    """Build the table of metrics, with a row for each seed and their mean in the footer.

    Returns:
        A section; empty if no seed has finished.
    """
    if not summary:
        return Html()
    results: Sequence[Mapping[str, Any]] = summary["seeds"]
    columns = [(split, name) for split in ("test", "validation") for name in _metric_names(results, split)]
    splits = [split for split, _ in columns]
    groups = [
        element("th", split.capitalize(), scope="colgroup", colspan=str(splits.count(split)), class_="group")
        for split in dict.fromkeys(splits)
    ]
    head = [
        [element("th", "Seed", scope="col", rowspan="2"), *groups, _number_heading("Seconds", rowspan="2")],
        [_number_heading(_NAMES.get(name, name.replace("_", " "))) for _, name in columns],
    ]
    rows = [
        element(
            "tr",
            element("th", str(seed["seed"]), scope="row"),
            *(_number_cell(format_metric(name, seed[split])) for split, name in columns),
            _number_cell(format_number(float(seed["seconds"]), 1)),
        )
        for seed in results
    ]
    foot = [
        element(
            "tr",
            element("th", title, scope="row"),
            *(_number_cell(format_metric(name, summary[statistic][split])) for split, name in columns),
            _number_cell(""),
        )
        for title, statistic in (("Mean", "mean"), ("sd", "std"))
    ]
    return _section("Seeds", table("Metrics of each seed", head, rows, foot if len(results) > 1 else ()))


def _metric_names(results: Sequence[Mapping[str, Any]], split: str) -> list[str]:
    names = dict.fromkeys(name for seed in results for name in seed[split])
    return [name for name in _FIRST if name in names] + [name for name in names if name not in _FIRST]


def figures(named: Sequence[NamedFigure]) -> Html:
    """Build the figures with their captions; a figure that failed is replaced by its error message.

    Returns:
        A section; empty without figures.
    """
    return _section("Figures", *map(_figure, named)) if named else Html()


def _figure(named: NamedFigure) -> Html:
    caption = element("figcaption", named.caption, id=f"caption-{named.name}")
    content = (element("h3", named.title), caption, _image(named))
    return element("figure", *content, id=f"figure-{named.name}", class_="figure")


def _image(named: NamedFigure) -> Html:
    if isinstance(named.figure, str) or isinstance(named.svg, str):
        return _failure(str(named.svg))
    try:
        source = data_uri(named.figure, named.svg)
    # A figure that can be drawn as SVG may be too large to be drawn as PNG.
    except Exception as error:  # noqa: BLE001
        return _failure(f"{type(error).__name__}: {error}")
    width, height = css_size(named.figure)
    result = named.figure.get_suptitle().strip()
    return void_element(
        "img",
        src=source,
        alt=f"{named.title}: {result}" if result else named.title,
        width=str(width),
        height=str(height),
        aria_describedby=f"caption-{named.name}",
    )


def _failure(error: str) -> Html:
    message = element("p", element("strong", "This figure could not be drawn."))
    return element("div", message, element("pre", error), class_="failure", role="note")


def warnings(run: RunView) -> Html:
    """Build the list of the run's warnings.

    Returns:
        A section; empty without warnings.
    """
    items = [element("li", warning) for warning in run.warnings]
    return _section("Warnings", element("ul", *items, class_="warnings")) if items else Html()


def model(run: RunView) -> Html:
    """Build the table of the model's parts: plugin, package and parameters.

    Returns:
        A section.
    """
    if not run.parts:
        return Html()
    head = [[_heading(title) for title in ("Kind", "Plugin", "Package", "Parameters")]]
    return _section("Model", table("Parts of the model", head, map(_part, run.parts)))


def _part(part: PartView) -> Html:
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
    """Build the resolved spec; copied from the page, it is exactly the spec that ran.

    Returns:
        A section.
    """
    # A parser drops one line feed right after <pre>: this one, not the spec's own.
    content = element("pre", Html("\n"), run.spec_text, tabindex="0", aria_label="Resolved spec")
    return _section("Spec", content)


def environment(run: RunView) -> Html:
    """Build the table of versions, platform and backend.

    Returns:
        A section.
    """
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in run.environment.items()
    ]
    head = [[_heading("Name"), _heading("Value")]]
    return _section("Environment", table("Versions and platform", head, rows)) if rows else Html()


def _section(title: str, *content: str) -> Html:
    name = title.lower()
    return element("section", element("h2", title, id=name), join(content), aria_labelledby=name)


def _heading(title: str) -> Html:
    return element("th", title, scope="col")


def _number_heading(title: str, **attributes: str) -> Html:
    return element("th", title, scope="col", class_="number", **attributes)


def _number_cell(content: str) -> Html:
    return element("td", content, class_="number")
