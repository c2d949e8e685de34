"""Holds the models of a page: which there are, which is shown, and the arrays of the few that were used last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from rcmvae_core.errors import fail
from rcmvae_core.explore.explored_model import ExploredModel, TrainedOn, trained_on
from rcmvae_core.explore.trained_models import ModelEntry

_IN_MEMORY = 3
"""Models whose arrays are kept: those of a million inputs take some 100 MB each."""
OpenEntry = Callable[[ModelEntry], ExploredModel]


class ModelList:
    """The models of a run by number; any thread may call any method.

    Args:
        entries: the models that can be opened.
        open_entry: loads one, with its arrays.
        first: the model of the run, which is open already.
    """

    def __init__(self, entries: tuple[ModelEntry, ...], open_entry: OpenEntry, first: ExploredModel) -> None:
        self._entries = {entry.number: entry for entry in entries}
        self._open_entry = open_entry
        self._opened = OrderedDict({first.number: first})
        self._facts: dict[int, TrainedOn] = {}
        self._current = 0
        self._lock, self._opening = threading.RLock(), threading.Lock()

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """Every model, in the order of training."""
        with self._lock:
            return tuple(self._entries.values())

    @property
    def current(self) -> int:
        """The number of the model that is shown."""
        return self._current

    def entry(self, number: int) -> ModelEntry:
        """Return what is known of a model without its arrays.

        Raises:
            RcmvaeError: E485 if there is no such model.
        """
        with self._lock:
            found = self._entries.get(number)
            if found is None:
                known = ", ".join(map(str, self._entries))
                fail("E485", f"there is no model {number}", help=[f"the models are {known}"])
            return found

    def facts(self, number: int) -> TrainedOn:
        """Return what a model was trained on, without its arrays; E485 if there is no such model."""
        entry = self.entry(number)
        if number not in self._facts:
            self._facts[number] = trained_on(entry.path)
        return self._facts[number]

    def __call__(self, number: int | None = None) -> ExploredModel:
        """Return a model with its arrays, which are computed if they are not in memory.

        Args:
            number: the model; None for the one that is shown.

        Returns:
            The model.

        Raises:
            RcmvaeError: E485 if there is no such model; as `load` if it cannot be loaded.
        """
        entry = self.entry(self._current if number is None else number)
        with self._lock:
            model = self._opened.get(entry.number)
        return self._used(entry, model or self._open(entry))

    def _open(self, entry: ModelEntry) -> ExploredModel:
        """Open a model, unless another thread has just done so; others are used meanwhile."""
        with self._opening:
            model = self._opened.get(entry.number)
            return model or self._open_entry(entry)

    def _used(self, entry: ModelEntry, model: ExploredModel) -> ExploredModel:
        """Keep a model as the one that was used last, and free the arrays of those that were not used for longest."""
        with self._lock:
            model = self._opened.setdefault(entry.number, model)
            self._opened.move_to_end(entry.number)
            for number in list(self._opened):
                if len(self._opened) > _IN_MEMORY and number not in (self._current, entry.number):
                    del self._opened[number]
        return model

    def add(self, entry: ModelEntry) -> ExploredModel:
        """Open a model that was trained, show it, and return it."""
        model = self._open_entry(entry)  # before the lock: the others are shown meanwhile
        with self._lock:
            self._entries[entry.number] = entry
            self._current = entry.number
        return self._used(entry, model)

    def show(self, number: int) -> ExploredModel:
        """Make a model the one that is shown; E485 if there is none."""
        model = self(number)
        with self._lock:
            self._current = number
        return model
