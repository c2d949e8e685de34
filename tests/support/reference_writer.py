"""The reference of every kind and part as Markdown, from what is declared: `docs/reference` is made by this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rcmvae_core import HOMES
from rcmvae_core.plugin.core_tables import AverageTable, LatentTable, TrainTable
from rcmvae_core.plugin.declaration import Kind, load_object
from rcmvae_core.plugin.docstrings import docstring
from rcmvae_core.plugin.kinds import CORE_TOKENS
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.describe_plugin import Facts, as_table, as_words, of_field, of_plugin

_MADE = "<!-- Made from the declarations: see tests/structure/test_reference.py. -->\n"
_HOW_MANY = {
    "one": "A spec names one",
    "optional": "A spec may name one",
    "many": "A spec may name several, each once",
    "labelled": "A spec names any number, each under a label of its own",
}
_INTRODUCTION = """# Reference

Every kind of plugin, every built-in plugin, and the tables that the core reads itself. `rcmvae plugins show KIND NAME`
describes one plugin, also of other packages. [The pages of the kinds](../kinds/README.md) describe how to write one.
"""
_PUBLIC = """# Public names

What a plugin may import: names of `rcmvae_core` itself, such as `from rcmvae_core import param`, and from the modules at the
end. The headings say where a name is defined, which may change. [Stability of the plugin API](api-policy.md) says what stays.
[The pages of the kinds](kinds/README.md) show the records with their shapes, and
`python -c 'import rcmvae_core; help(rcmvae_core.Plugin)'` prints the docstring of any name.
"""
RECORDS: Mapping[str, tuple[str, ...]] = {
    "data": ("Dataset", "Source", "Table"),
    "encoder": ("Net", "EncoderOutput"),
    "prior": ("Prior", "EncoderOutput"),
    "routing": ("Routing", "RoutingContext", "Selection"),
    "conditioner": ("Net",),
    "backbone": ("Net",),
    "head": ("Head", "Units", "ColumnBlock"),
    "loss": ("LossTerm", "StatefulLoss", "LossInputs", "Forward", "LabelledBatch"),
    "augmentation": ("Augmentation",),
    "schedule": ("Schedule",),
    "classifier": ("Classifier",),
    "curriculum": ("Curriculum", "CurriculumEffect", "LossWeightFactors", "Progress"),
    "callback": ("Callback", "Evaluated", "Action"),
    "optimizer": (),
    "tracker": ("Tracker", "TrackedRun"),
    "score": ("Score", "ScoreInputs", "ForwardStats", "ModelScore", "ScoredModel"),
    "calibrator": ("Calibrator", "FittedCalibrator", "CalibratedPrediction", "NotApplicable"),
    "acquisition": ("Acquisition", "QueryPool", "Suggestion"),
    "projection": ("Projection", "FittedProjection", "NotApplicable"),
    "metric": ("Metric", "ReportData", "ReportArrays", "NotApplicable"),
    "figure": ("ReportData", "ReportArrays", "Snapshot", "Plot", "NotApplicable"),
    "exporter": ("Exporter", "ExportedModel"),
}
"""The records that each kind's functions take and return."""
_USED_FOR = {
    "data.cells": "For data sets that read tables.",
    "data.frames": "For data sets and programs that take data frames.",
    "data.inputs": "For data sets that read images.",
    "data.sampling": "For data sets that divide their inputs.",
    "errors": "For what a plugin reports to the user: see [diagnostics of a package](plugins.md#diagnostics-of-a-package).",
    "estimator.classifier": "For programs: see [Python](python.md).",
    "experiment.fit": "For programs: see [Python](python.md).",
    "inference.class_metrics": "For metrics and programs.",
    "inference.latent_neighbours": "For scores and programs.",
    "inference.load": "For programs: see [Python](python.md).",
    "inference.metrics": "For figures, metrics and programs.",
    "inference.imputation": "For programs: see [predicting](predicting.md#missing-values).",
    "inference.predictions": "For programs: see [Python](python.md).",
    "inference.trained_model": "For programs: see [Python](python.md).",
    "inference.uncertainty": "For acquisitions, figures and programs.",
    "plugin.core_tables": "For `rcmvae_check`, which reads them in a `ResolvedSpec`.",
    "plugin.declaration": "For the module that the entry point names.",
    "plugin.duration": "For parameter classes.",
    "plugin.flax_adapters": "For encoders, conditioners, backbones and heads.",
    "plugin.missing": "For heads.",
    "plugin.hookspecs": "For the module that the entry point names.",
    "plugin.parameters": "For parameter classes.",
    "plugin.protocols": "For implementations; the links lead to the kinds that take or return a record.",
    "plugin.resolved": "For `rcmvae_check`.",
    "version": "For programs.",
}
"""Who imports the names of a module, by the module."""
SUBMODULES = (
    "rcmvae_core.runtime.array_files",
    "rcmvae_core.runtime.data_limit",
    "rcmvae_core.runtime.user_files",
    "rcmvae_core.testing",
)
"""Modules that a plugin, or its tests, may import from besides."""


def pages(registry: Registry) -> dict[str, str]:
    """The reference, by file name: a page for each kind, and `README.md`, which lists them."""
    found = {f"{kind.name}.md": _page(kind, registry) for kind in registry.kinds.values()}
    return {"README.md": _index(registry), **found}


def api() -> str:
    """The public names, a line each, by the module that they live in: `docs/api.md`."""

    def line(module: str, name: str) -> str:
        kinds = [f"[{kind}](kinds/{kind}.md)" for kind, names in RECORDS.items() if name in names]
        used_by = f" ({', '.join(kinds)})" if kinds else ""
        return f"- `{name}`: {_first(f'{module}:{name}')}{used_by}\n"

    def lines(home: str, names: Iterable[str]) -> str:
        module = f"rcmvae_core.{home}"
        about = f"{_first(module)} {_USED_FOR[home]}"
        return f"## `{module}`\n\n{about}\n\n" + "".join(line(module, name) for name in names)

    homes = (lines(home, names) for home, names in HOMES.items())
    modules = "".join(f"- `{module}`: {_first(module)}\n" for module in SUBMODULES)
    return _joined(_MADE + _PUBLIC, *homes, "## Modules\n", modules)


def _first(path: str) -> str:
    """The first line of a docstring."""
    return prose(docstring(path).strip().partition("\n")[0])


def _index(registry: Registry) -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for kind in registry.kinds.values():
            names = (f"[`{name}`]({kind.name}.md#{name})" for name in registry.names(kind.name))
            yield f"[{kind.name}]({kind.name}.md)", kind.summary, ", ".join(names)

    core = {"latent": LatentTable, "train": TrainTable, "train.average": AverageTable}
    return _joined(
        _MADE + _INTRODUCTION,
        table(("kind", "what it is", "plugins"), rows()),
        *(f"## `[{name}]`\n\n{_parameters(_facts_of(cls))}" for name, cls in core.items()),
        "## Capabilities that the core's tables provide\n",
        tokens_table(CORE_TOKENS),
    )


def _page(kind: Kind, registry: Registry) -> str:
    keys = _facts_of(load_object(kind.keys)) if kind.keys else {}
    beside = [f"## Beside the plugin, in `[{_place(kind)}]`\n\n{_parameters(keys)}"] if keys else []
    vocabulary = ["It may provide:\n", tokens_table(kind.tokens)] if kind.tokens else []
    claims = [claim for name in registry.names(kind.name) for claim in registry.claims(kind.name, name)]
    parts = [_part(of_plugin(claim, registry), kind) for claim in claims]
    return _joined(
        f"{_MADE}# {kind.name}\n\n{prose(kind.summary)} {where_named(kind)}\n",
        f"[{kind.name} plugins](../kinds/{kind.name}.md): how to write one.\n",
        *vocabulary,
        *beside,
        *parts,
    )


def _place(kind: Kind) -> str:
    """The table in a spec above that of the plugin."""
    return f"{kind.table}.LABEL" if kind.slot == "labelled" else kind.table


def where_named(kind: Kind) -> str:
    """A sentence on where, and how often, a spec names a plugin of a kind."""
    if not kind.table:
        return "Named in parameters that take one."
    every = " Without the table a spec gets every built-in one that fits." if kind.default == "every" else ""
    return f"{_HOW_MANY[kind.slot]}, in `[{_place(kind)}.NAME]`.{every}"


def _part(facts: Facts, kind: Kind) -> str:
    words = {"provides": "provides", "requires": "requires", "conflicts": "conflicts with"}
    notes = [
        f"{verb} `{token}`: {text}" for claim, verb in words.items() for token, text in facts[claim].items()
    ]
    notes += [f"values are in {facts['unit']}"] if facts["unit"] else []
    notes += [f"formerly `{name}`" for name in facts["renamed_from"]]
    notes += [f"deprecated: {facts['deprecated']}"] if facts["deprecated"] else []
    source = f"Source: {prose(facts['source'])}\n" if facts["source"] else ""
    return _joined(
        f"## {facts['name']}\n\n{prose(facts['summary'])}\n",
        *([_fenced("text", facts["maths"])] if facts["maths"] else []),
        *([source] if source else []),
        *(["\n".join(f"- {prose(note)}" for note in notes) + "\n"] if notes else []),
        *([_parameters(facts["parameters"])] if facts["parameters"] else []),
        _fenced("toml", "\n".join(as_table(facts, kind))),
    )


def _facts_of(cls: type) -> Facts:
    return {name: of_field(field) for name, field in fields(cls).items()}


def _parameters(parameters: Mapping[str, Facts]) -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for name, about in parameters.items():
            words = as_words(about)
            kind, default, bounds, doc = (words.pop(key, "") for key in ("type", "default", "bounds", "doc"))
            more = "; ".join(f"{fact.replace('_', ' ')} {text}" for fact, text in words.items())
            yield f"`{name}`", kind, _default(about, default), bounds, f"{doc} ({more})" if more else doc

    return table(("parameter", "type", "default", "bounds", "what it is"), rows())


def _default(about: Facts, words: str) -> str:
    if "required" in about:
        return "required"
    return words if words == "absent" else f"`{words}`"


def tokens_table(tokens: Mapping[str, str]) -> str:
    return table(("capability", "what it means"), ((f"`{token}`", text) for token, text in tokens.items()))


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = (tuple(prose(cell).replace("|", "\\|") for cell in row) for row in rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ("---",) * len(head), *cells))


def prose(text: str) -> str:
    """A text on one line, without what Markdown would take for emphasis or HTML; code stays as it is."""
    pieces = " ".join(text.split()).split("`")
    pieces[::2] = [piece.replace("*", "\\*").replace("<", "\\<") for piece in pieces[::2]]
    return "`".join(pieces)


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"


def _joined(*blocks: str) -> str:
    return "\n".join(blocks)
