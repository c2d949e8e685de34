"""Resolves specs: a file, a string, layers or a tree and a registry give a `ResolvedSpec`, or every error at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.spec import capabilities
from rcmvae_core.spec.claims import offers
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.header import check_tables, check_version, read_name, read_prefer, read_seeds
from rcmvae_core.spec.load import load_layers
from rcmvae_core.spec.messages import show
from rcmvae_core.spec.normalise import Normaliser, SpecTree, normalise
from rcmvae_core.spec.parameter_reader import ParameterReader
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.parts import read_core_table, read_defaults, read_slot
from rcmvae_core.spec.saved import Saved
from rcmvae_core.spec.tree import Node


def resolve_file(
    path: Path,
    overrides: Iterable[str],
    registry: Registry,
    *,
    default_name: str | None = None,
    saved: Saved | None = None,
) -> ResolvedSpec:
    """Resolve a spec file with all that it extends.

    Args:
        path: the file.
        overrides: `--set` arguments, which are laid over it.
        registry: the installed plugins.
        default_name: the run's name if the spec has none; the file's name by default.
        saved: what is known about a saved spec; None for one that is not saved.

    Returns:
        The resolved spec.

    Raises:
        SpecError: with every error.
    """
    layers = load_layers(path, overrides)
    return resolve_layers(layers, registry, path.stem if default_name is None else default_name, saved)


def resolve_text(
    text: str | bytes,
    name: str,
    registry: Registry,
    overrides: Iterable[str] = (),
    *,
    saved: Saved | None = None,
) -> ResolvedSpec:
    """Resolve the text of a spec; its `extends` is ignored.

    Args:
        text: TOML.
        name: the name of the text in messages.
        registry: the installed plugins.
        overrides: `--set` arguments, which are laid over it.
        saved: what is known about a saved spec; None for one that is not saved.

    Returns:
        The resolved spec.

    Raises:
        SpecError: with every error.
    """
    content = text.encode() if isinstance(text, str) else text
    layers = [parse(content, name), *map(parse_override, overrides)]
    return resolve_layers(layers, registry, saved=saved)


def resolve_layers(
    layers: Sequence[Node], registry: Registry, default_name: str = "run", saved: Saved | None = None
) -> ResolvedSpec:
    """Resolve layers of a spec.

    Args:
        layers: trees as `parse` returns them, lowest first.
        registry: the installed plugins.
        default_name: the run's name if the spec has none.
        saved: what is known about a saved spec; None for one that is not saved.

    Returns:
        The resolved spec.

    Raises:
        SpecError: with every error.
    """
    return resolve_tree(normalise(layers, registry, saved), registry, default_name, saved)


def resolve_tree(
    tree: SpecTree, registry: Registry, default_name: str = "run", saved: Saved | None = None
) -> ResolvedSpec:
    """Resolve a normalised spec.

    Args:
        tree: as `normalise` returns it.
        registry: the installed plugins.
        default_name: the run's name if the spec has none.
        saved: what is known about a saved spec; None for one that is not saved.

    Returns:
        The resolved spec. Of a saved one, kinds that are not needed and have errors are in `unavailable`.

    Raises:
        SpecError: with every error.
    """
    root, errors = tree.root, ErrorCollector(tree.diagnostics)
    entries = root.table or {}
    if saved is None:  # of a saved spec, the versions of all distributions are compared
        check_version(entries, errors)
    check_tables(entries, registry, errors, saved)
    prefer = read_prefer(entries, registry, errors)
    name, seeds = read_name(entries, default_name, errors), read_seeds(entries, errors)
    chosen = prefer if saved is None else saved.prefer(registry, prefer)
    reader = ParameterReader(registry, chosen, errors, saved)
    latent, train = read_core_table("latent", root, reader), read_core_table("train", root, reader)
    if latent is None:
        reader.unreadable.add(capabilities.LATENT)
    if train is None:
        reader.unreadable.add(capabilities.TRAIN)
    parts, unavailable = _read_slots(root, reader)
    is_trained = saved is None or saved.needs(registry.kinds["loss"])
    if is_trained and not parts["loss"] and not errors.count:
        errors.add("E210", "the spec has no loss to minimise", root.place, offers("loss", registry))
    named = [part for group in parts.values() for part in group]
    owners = capabilities.provided(named, latent, train)
    capabilities.check(named, owners, reader.unreadable, registry, errors)
    for kind in registry.kinds.values():
        if kind.default == "every" and root.at(kind.path) is None:
            parts[kind.name] = read_defaults(kind, root, owners, reader)
    if errors.count or latent is None or train is None:
        raise SpecError(errors.ordered())
    every = [part for group in parts.values() for part in group]
    tokens = frozenset(capabilities.provided(every, latent, train))
    resolved = ResolvedSpec(name, seeds, latent, train, parts, tokens, prefer, unavailable=unavailable)
    # A check may read every part.
    cause = None if unavailable else _run_plugin_checks(resolved, registry, errors, saved)
    if errors.count:
        raise SpecError(errors.ordered()) from cause
    made_with = {} if saved is None else saved.made_with
    return attrs.evolve(resolved, warnings=errors.ordered(), trained_with=made_with)


def _read_slots(
    root: Node, reader: ParameterReader
) -> tuple[dict[str, tuple[ResolvedPart, ...]], dict[str, tuple[Diagnostic, ...]]]:
    """Read the plugins that a spec names.

    Args:
        root: the spec.
        reader: reads them.

    Returns:
        The plugins without errors, by kind, and the errors of kinds that a saved spec is not read for.
    """
    parts: dict[str, tuple[ResolvedPart, ...]] = {}
    unavailable: dict[str, tuple[Diagnostic, ...]] = {}
    for kind in reader.registry.kinds.values():
        if not kind.table:
            continue
        if reader.saved is None or reader.saved.needs(kind):
            parts[kind.name] = read_slot(kind, root, reader)
            continue
        errors = ErrorCollector()
        parts[kind.name] = read_slot(kind, root, reader.collecting(errors))
        if errors.count:
            reader.unreadable.add(kind.name)
            unavailable[kind.name] = errors.ordered()
            if (
                root.at(kind.path) is None
            ):  # an argument is the last layer, and so the place of what none names
                continue
            for diagnostic in unavailable[kind.name]:  # what an argument names is needed
                if diagnostic.place is not None and diagnostic.place.source.kind == "argument":
                    reader.errors.report(diagnostic)
    return parts, unavailable


def resolve_plugin(
    kind: str, name: str, values: Mapping[str, Any], registry: Registry
) -> tuple[ResolvedPart, tuple[Diagnostic, ...]]:
    """Resolve one plugin outside a spec, without the core's parameters beside it.

    Args:
        kind: its kind.
        name: its name.
        values: its parameters as a spec gives them.
        registry: the installed plugins.

    Returns:
        The plugin with its parameters, and the warnings.

    Raises:
        SpecError: with every error.
    """
    import tomli_w  # noqa: PLC0415 - `validate` does without, and start-up time counts

    root, errors = parse(tomli_w.dumps({kind: {name: values}}).encode(), "parameters"), ErrorCollector()
    bare_kind = attrs.evolve(registry.kinds[kind], slot="one", keys=None, table=kind)
    node = Normaliser(registry, {}, errors).slot(bare_kind, root.value[kind])
    parts = ParameterReader(registry, {}, errors).plugins(bare_kind, node, f"[{kind}]")
    if errors.count:
        raise SpecError(errors.ordered())
    return parts[0], errors.ordered()


def _run_plugin_checks(
    resolved: ResolvedSpec, registry: Registry, errors: ErrorCollector, saved: Saved | None
) -> BaseException | None:
    """Report what the checks of distributions yield.

    A check that fails is an error (E211) of a spec that names a plugin of the distribution, and else a warning (W480):
    a package must not stop the work of those that do not use it. A trained model that is used needs no checks.

    Args:
        resolved: the resolved spec.
        registry: the installed plugins.
        errors: receives the diagnostics.
        saved: what is known about a saved spec.

    Returns:
        The first exception of a check that is an error.
    """
    cause: BaseException | None = None
    for distribution, check in registry.checks:
        raised: BaseException | None = None
        try:
            diagnostics = list(check(resolved))
            wrong = [show(d) for d in diagnostics if not isinstance(d, Diagnostic)]
            failure = f"it gave {wrong[0]}, not a Diagnostic" if wrong else ""
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a plugin's check may even call sys.exit
            failure = f"{type(error).__name__}: {error}".splitlines()[0]
            diagnostics, raised = [], error
        if not failure:
            for diagnostic in diagnostics:
                errors.report(diagnostic)
        elif saved is None or saved.purpose in ("training", "everything"):
            own = [part for part in resolved.every_part() if part.registered.distribution == distribution]
            errors.report(_failed_check(distribution, failure, raised, own))
            cause = cause or (raised if own else None)
    return cause


def _failed_check(
    distribution: Distribution, failure: str, raised: BaseException | None, own: Sequence[ResolvedPart]
) -> Diagnostic:
    """Return the diagnostic of a check that failed.

    Args:
        distribution: whose check it is.
        failure: what is wrong with it.
        raised: the exception, if it raised one.
        own: the plugins of the distribution that the spec names.
    """
    message = f"the check of {distribution.name} failed: {failure}"
    if own:
        help_ = ["report it to its author; `--verbose` shows the traceback"]
        return Diagnostic("E211", message, own[0].place, help=help_)
    help_ = [f"the spec names no plugin of {distribution.name}: report it to its author, or uninstall it"]
    return Diagnostic("W480", f"{message}{_line_of(raised)}", help=help_)


def _line_of(raised: BaseException | None) -> str:
    """Return the file and line that raised an exception, for the message of a warning, which has no traceback."""
    import traceback  # noqa: PLC0415 - only an error needs it, and start-up time counts

    if raised is None:
        return ""
    frame = traceback.extract_tb(raised.__traceback__)[-1]
    return f" ({'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno})"
