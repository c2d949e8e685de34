"""Writes the report as Markdown: numbers, warnings, figures and spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rcmvae_core.report.class_section import TITLES, class_cells
from rcmvae_core.report.figure_section import reason_of
from rcmvae_core.report.headline import numbers, progress, verdict
from rcmvae_core.report.metric_views import metric_title
from rcmvae_core.report.numbers_section import metric_rows
from rcmvae_core.report.records import Absent, FigureView, Picture, RunView
from rcmvae_core.report.spec_section import COMMANDS, RESUME
from rcmvae_core.report.subjects import by_subject
from rcmvae_core.report.warning_lines import group_warnings, seed_words

_SPECIAL = re.compile(r"([\\`*_\[\]#|<>&~$])")
_SPACE = re.compile(r"\s+")
_FENCE = re.compile(r"`{3,}")


def escape_markdown(text: str) -> str:
    r"""Return Markdown that shows a string as one line.

    Example:
        >>> escape_markdown("<b> a|b")
        '\\<b\\> a\\|b'
    """
    return _SPECIAL.sub(r"\\\1", _SPACE.sub(" ", text)).strip()


def render_markdown(run: RunView, figures: Sequence[FigureView]) -> str:
    """Render the report as Markdown; equal arguments give equal texts.

    Args:
        run: the run's numbers, parts and spec.
        figures: in the order of the spec.
    """
    blocks = [f"# {escape_markdown(run.name)}", escape_markdown(verdict(run).sentence), *_result(run)]
    blocks += _section("Warnings", [_list(_warning_lines(run))] if run.warnings else [])
    blocks += _section("Numbers", list(_metrics(run)))
    blocks += _section("Classes", list(_classes(run)))
    for subject, group in by_subject(figures):
        blocks += _section(subject.title, [block for figure in group for block in _figure(figure)])
    notes = run.summary.get("notes", ())
    blocks += _section("Data", [_list(map(escape_markdown, notes))] if notes else [])
    blocks += _section("Spec", [_fenced(run.spec_text, "toml")])
    blocks += _section("Parts", [_parts(run)] if run.parts else [])
    commands = COMMANDS if run.summary else (RESUME, *COMMANDS[:2])
    blocks += _section("Run it again", [_list(f"`{command}`: {why}" for command, why in commands)])
    return "\n\n".join(blocks) + "\n"


def _result(run: RunView) -> Iterator[str]:
    if run.summary:
        yield _table(("Number", "Value", ""), list(numbers(run)))
        return
    if run.reason:
        yield _fenced(run.reason)
    if run.seeds:
        yield _list(map(escape_markdown, progress(run)))


def _warning_lines(run: RunView) -> Iterator[str]:
    for each in group_warnings(run.warnings):
        seeds = f" ({seed_words(each.seeds)})" if each.seeds else ""
        todo = f" What to do: `rcmvae explain {each.code}`" if each.code else ""
        yield f"{escape_markdown(each.message)}{seeds}{todo}"


def _metrics(run: RunView) -> Iterator[str]:
    rows = metric_rows(run)
    if rows:
        seeds = [f"Seed {seed['seed']}" for seed in run.summary["seeds"]]
        mean = ["Mean ± sd"] if len(seeds) > 1 else []
        head = ("", "Metric", "Better", *mean, *seeds)
        cells = [
            (row.group, metric_title(row.name), row.view.direction, *([row.mean] if mean else []), *row.cells)
            for row in rows
        ]
        yield _table(head, cells)


def _classes(run: RunView) -> Iterator[str]:
    for seed, classes in run.classes.items():
        if classes:
            yield f"Seed {seed}:"
            yield _table(("Class", *TITLES), [(each.name, *class_cells(each)) for each in classes])


def _figure(figure: FigureView) -> Iterator[str]:
    yield f"### {escape_markdown(figure.title)}"
    if not figure.applies:
        yield f"Does not apply: {escape_markdown(reason_of(figure))}."
        return
    yield escape_markdown(figure.caption)
    for view in figure.views:
        of = f" of {seed_words(view.seeds)}" if len(figure.views) > 1 else ""
        if isinstance(view, Picture):
            data = f"\n\n[Data{of}]({view.table})" if view.table else ""
            yield f"![{escape_markdown(figure.title)}{of}]({view.file}){data}"
        else:
            yield _absent(view, of)


def _absent(view: Absent, of: str) -> str:
    if view.is_error:
        return _fenced(f"{of.removeprefix(' of ')}\n{view.reason}".strip())
    return f"Does not apply{of}: {escape_markdown(view.reason)}."


def _parts(run: RunView) -> str:
    rows = [
        (f"{part.kind} {part.label or ''}".strip(), part.plugin, part.distribution, part.version)
        for part in run.parts
    ]
    return _table(("Kind", "Plugin", "Package", "Version"), rows)


def _section(title: str, blocks: Sequence[str]) -> list[str]:
    return [f"## {title}", *blocks] if blocks else []


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([escape_markdown(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fenced(text: str, language: str = "") -> str:
    longest = max(map(len, _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
