"""Joins what the explore page needs: the data of a run, its models, its labels, the queue and training."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from rcmvae_core.errors import fail
from rcmvae_core.explore import session
from rcmvae_core.explore.explored_data import ExploredData, load_data, store_path
from rcmvae_core.explore.explored_model import ExploredModel, Progress, ignore_progress, open_model
from rcmvae_core.explore.label_state import LabelState
from rcmvae_core.explore.label_view import Accuracy, LabelView
from rcmvae_core.explore.labelling import Labelling
from rcmvae_core.explore.live_classifier import claims, make_view
from rcmvae_core.explore.live_parts import classifier_part
from rcmvae_core.explore.model_changes import compare
from rcmvae_core.explore.model_list import ModelList
from rcmvae_core.explore.queue import Queue
from rcmvae_core.explore.trained_models import ModelEntry, is_complete, read_entries
from rcmvae_core.explore.training_job import TrainingJob
from rcmvae_core.inference.load import load
from rcmvae_core.inference.restore import Warn
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart

Message = dict[str, Any]
Listener = Callable[[Message], None]
"""Called with a message of the page's `live` channel, in any thread; it must return at once."""
_VIEWS = 4
"""Label views that are kept: of the current models, and of revisions that a page may still ask for."""


class Workspace:
    """A run that is explored. Any thread may call any method.

    Args:
        run: the run directory.
        data: its data set.
        labels: its label store.
        models: its models.
        listeners: that `listen` adds to.
        allow_edited: train from models whose files were edited.

    Attributes:
        queue: suggestions.
        training: the child process that trains.
    """

    def __init__(
        self,
        run: Path,
        data: ExploredData,
        labels: Labelling,
        models: ModelList,
        listeners: list[Listener],
        *,
        allow_edited: bool = False,
    ) -> None:
        self.run, self.data, self.labels, self.models = run, data, labels, models
        self.queue = Queue(data, labels, self.view)
        self.training = TrainingJob(run, models, labels, self.notify, allow_edited=allow_edited)
        self._lock = threading.RLock()
        self._views: OrderedDict[tuple[int, int], LabelView] = OrderedDict()
        self._classifiers: dict[int, ResolvedPart] = {}
        self._accuracies: dict[int, Accuracy] = {}
        self._listeners = listeners

    def view(self, number: int | None = None, revision: int | None = None) -> LabelView:
        """Return the predictions of a model with the labels of a revision.

        Args:
            number: the model; None for the one that is shown.
            revision: of the label store; None for the current one.

        Returns:
            The view, from the last few if it is among them.

        Raises:
            RcmvaeError: E485 if there is no such model, or the revision is neither the current one nor kept.
        """
        model = self.models(number)
        state = self.labels.state if revision is None else self.labels.state_at(revision)
        key = (model.number, state.revision)
        with self._lock:
            view = self._views.get(key)
            if view is None or view.model is not model:
                view = self._views[key] = make_view(model, self.data, state, self._classifier(model))
            self._views.move_to_end(key)
            while len(self._views) > _VIEWS:
                self._views.popitem(last=False)
            return view

    def _classifier(self, model: ExploredModel) -> ResolvedPart:
        if model.number not in self._classifiers:
            self._classifiers[model.number] = classifier_part(model, self.labels.path)
        return self._classifiers[model.number]

    def claims(self, number: int | None = None, revision: int | None = None) -> list[dict[str, Any]]:
        """Return the channels that new classes claim, as `live_classifier.claims`; arguments are those of `view`."""
        return claims(self.view(number, revision))

    def compare(self, first: int, second: int, revision: int | None = None) -> dict[str, Any]:
        """Return what differs between two models with the same labels, as `model_changes.compare`."""
        return compare(self.view(first, revision), self.view(second, revision))

    def column(self, name: str) -> np.ndarray:
        """Return a column [N] of scope `data`: `split` (uint8) or `target` (int32); E485 for another name."""
        if name == "split":
            return self.data.split_codes
        if name == "target":
            return self.data.targets.astype(np.int32)
        fail("E485", f"the data have no column `{name}`", help=["see `columns` of the session"])

    def core(self, number: int | None, channel: int, share: float) -> Int[np.ndarray, " n"]:
        """Return the inputs that are most typical of a channel.

        Args:
            number: the model; None for the one that is shown.
            channel: the channel.
            share: of the inputs whose most responsible channel it is, in (0, 1].

        Returns:
            The indices, those with the highest q(c|x) first.

        Raises:
            RcmvaeError: E485 if there is no such model or channel, E484 if the share is not in (0, 1].
        """
        model = self.models(number)
        if not 0 <= channel < model.channel_count:
            fail("E485", f"there is no channel {channel}", help=[f"they are 0 to {model.channel_count - 1}"])
        if not 0 < share <= 1:
            fail("E484", f"`share` is {share}", help=["give a number above 0, up to 1"])
        members = np.flatnonzero(model.channels == channel)
        order = np.argsort(-model.responsibilities[members, channel], kind="stable")
        return members[order[: int(np.ceil(share * len(members)))]]

    def summary(self, number: int | None = None, revision: int | None = None) -> dict[str, Any]:
        """Return accuracies and the number of labels of each class; arguments are those of `view`."""
        return session.summary(self.view(number, revision))

    def channel_rows(self, number: int | None = None, revision: int | None = None) -> list[dict[str, Any]]:
        """Return a row for each channel: usage, inputs, τ and the classes that it owns."""
        return session.channel_rows(self.view(number, revision))

    def last_accuracy(self, number: int) -> Accuracy | None:
        """Return the accuracy on held-out inputs of a model, as of its last view; None if it was never viewed."""
        with self._lock:
            views = [view for (model, _), view in self._views.items() if model == number]
            if views:
                self._accuracies[number] = max(views, key=lambda view: view.revision).held_out
            return self._accuracies.get(number)

    def session(self, projections: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """Return the content of `GET session`, with rows of projections that the caller knows."""
        explored = session.Explored(self.data, self.labels, self.models, self.view(), self.last_accuracy)
        return session.session(explored, projections)

    def model_rows(self) -> list[dict[str, Any]]:
        """Return every model, as `GET models` does."""
        return session.model_rows(self.models, self.last_accuracy)

    def show(self, number: int) -> None:
        """Make a model the one that is shown; E485 if there is none."""
        self.models.show(number)
        self.notify({"type": "model", "number": number})

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every message of the `live` channel, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def notify(self, message: Message) -> None:
        """Send a message to all who listen."""
        for listener in list(self._listeners):
            listener(message)

    def close(self) -> None:
        """End a training that is running, and close the label store."""
        self.training.close()
        self.labels.close()


def open_workspace(
    run: Path,
    *,
    seed: int | None = None,
    store: Path | None = None,
    annotator: str,
    read_only: bool = False,
    allow_edited: bool = False,
    settings: Sequence[str] = (),
    warn: Warn,
    progress: Progress = ignore_progress,
    dataset: Dataset | None = None,
) -> Workspace:
    """Load a run with its data, and everything that its page needs.

    Args:
        run: the run directory.
        seed: use only this seed; None for all of them.
        store: the label store; None for that of the spec, or the one beside the run.
        annotator: who writes labels.
        read_only: write nothing.
        allow_edited: use files that were edited since the model was trained, with a warning.
        settings: of scores, acquisitions and figures, as of `load`.
        warn: called with the diagnostics of loading.
        progress: called with the number of inputs that the model was run on, and that of all.
        dataset: the data set of a run that takes it from its caller.

    Returns:
        The workspace, which must be closed.

    Raises:
        RcmvaeError: as `load`, `load_dataset` and `LabelStore`.
    """
    trained = load(run, seed=seed, warn=warn, settings=settings, allow_edited=allow_edited)
    data = load_data(trained, dataset)
    first = open_model(run, 0, data.dataset, trained=trained, progress=progress)

    load_again = partial(load, seed=seed, warn=warn, settings=settings, allow_edited=allow_edited)
    labels = open_labels(run, data, store=store, annotator=annotator, read_only=read_only)
    for warning in labels.warnings:
        warn(warning)
    return join(run, data, first, labels, load_again, warn=warn, allow_edited=allow_edited)


def open_labels(
    run: Path, data: ExploredData, *, store: Path | None, annotator: str, read_only: bool = False
) -> Labelling:
    """Open the label store of a run, as `open_workspace` does; arguments are those of the same names.

    Returns:
        The labels.

    Raises:
        RcmvaeError: as `store_path` and `LabelStore`.
    """
    path = store_path(run, data, store)
    return Labelling(path, data.loaded, data.items, annotator=annotator, read_only=read_only)


def join(
    run: Path,
    data: ExploredData,
    first: ExploredModel,
    labels: Labelling,
    load_again: Callable[[Path], TrainedModel],
    *,
    warn: Warn,
    allow_edited: bool = False,
) -> Workspace:
    """Make a workspace of what was loaded, with the models that the page trained from the run before.

    Args:
        run: the run directory.
        data: its data set.
        first: its model.
        labels: its label store.
        load_again: loads another model from its run directory.
        warn: called with W491 if it is not known which models were trained.
        allow_edited: as of `open_workspace`.

    Returns:
        The workspace.
    """

    def open_entry(entry: ModelEntry) -> ExploredModel:
        trained = load_again(entry.path)
        return open_model(entry.path, entry.number, data.dataset, trained=trained, parent=entry.parent)

    entries = read_entries(run, warn)
    complete = tuple(entry for entry in entries if entry.number == 0 or is_complete(entry.path))
    listeners: list[Listener] = []
    workspace = Workspace(
        run, data, labels, ModelList(complete, open_entry, first), listeners, allow_edited=allow_edited
    )
    labels.listen(partial(_announce, listeners))
    return workspace


def _announce(listeners: list[Listener], state: LabelState) -> None:
    for listener in list(listeners):
        listener({"type": "labels", "revision": state.revision})
