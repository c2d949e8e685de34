"""Chooses which inputs to label next, and says why."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import jax
import numpy as np
from jaxtyping import Int

from rcmvae_core.errors import fail
from rcmvae_core.explore.explored_data import ExploredData
from rcmvae_core.explore.label_view import LabelView
from rcmvae_core.explore.labelling import Labelling
from rcmvae_core.explore.live_parts import acquisition_part
from rcmvae_core.explore.query_pool import MOST_SAMPLED, needs_members, query_pool
from rcmvae_core.explore.reasons import reasons
from rcmvae_core.explore.skips import Skips
from rcmvae_core.model.build import build_part
from rcmvae_core.plugin.protocols import Acquisition

_KEPT = 8
_MOST = 1000
"""Entries of a queue at most."""
Views = Callable[[int | None], LabelView]


@attrs.frozen(eq=False)
class _Made:
    """A queue as it was made."""

    reply: dict[str, Any]
    indices: Int[np.ndarray, " n"]


class Queue:
    """Suggestions of what to label next; any thread may call any method.

    Args:
        data: the data set.
        labels: the label store.
        views: returns the predictions of a model with the current labels.

    Attributes:
        skips: inputs that are not asked again.
    """

    def __init__(self, data: ExploredData, labels: Labelling, views: Views) -> None:
        self._data, self._labels, self._views = data, labels, views
        self.skips = Skips(data.items, labels.path, read_only=labels.read_only)
        self._made: OrderedDict[str, _Made] = OrderedDict()
        self._lock = threading.Lock()

    def make(
        self,
        acquisition: str,
        parameters: Mapping[str, Any],
        *,
        count: int,
        seed: int = 0,
        model: int | None = None,
    ) -> dict[str, Any]:
        """Choose inputs, the most useful first.

        Args:
            acquisition: its name.
            parameters: those that differ from the spec, or from the defaults.
            count: how many; fewer are returned if there are fewer to choose from.
            seed: of random draws.
            model: that chooses; None for the one that is shown.

        Returns:
            `id`, `model`, `label_revision`, `acquisition`, `entries` and `left`, the number of other candidates. An
            entry has `index`, `item`, `score`, `prediction` (a class id, or None), its `probability` and a `reason`.

        Raises:
            RcmvaeError: E484 if `count` is not 1 to 1000; as `acquisition_part`.
        """
        if not 1 <= count <= _MOST:
            fail("E484", f"`count` is {count}", help=[f"give 1 to {_MOST}"])
        view = self._views(model)
        part = acquisition_part(view.model, self._labels.path, acquisition, parameters)
        candidates = self.candidates(view)
        total, is_sampled = len(candidates), needs_members(part, view)
        if is_sampled and total > MOST_SAMPLED:
            candidates = np.sort(np.random.default_rng(seed).choice(candidates, MOST_SAMPLED, replace=False))
        entries: list[dict[str, Any]] = []
        if total:
            pool = query_pool(view, candidates, seed=seed, sample=is_sampled)
            acquire: Acquisition = build_part(part, view.model.trained.model.context)
            chosen = acquire(pool, min(count, len(candidates)), jax.random.key(seed))
            positions, scores = np.asarray(chosen.positions), np.asarray(chosen.scores)
            why = reasons(part, view, pool, positions, scores)
            entries = [
                self._entry(view, int(index), float(score), reason)
                for index, score, reason in zip(candidates[positions], scores, why, strict=True)
            ]
        reply = {
            "id": uuid.uuid4().hex,
            "model": view.model.number,
            "label_revision": view.revision,
            "acquisition": acquisition,
            "entries": entries,
            "left": total - len(entries),
        }
        self._keep(reply)
        return reply

    def candidates(self, view: LabelView) -> Int[np.ndarray, " m"]:
        """Return the training inputs that can be asked: no label, none skipped, and of equal inputs only the first."""
        items = self._data.items
        is_out = np.zeros(len(items.codes), bool)
        is_out[items.codes[view.labels >= 0]] = True
        is_out[self.skips.codes()] = True
        train = np.sort(self._data.split.train)
        free = train[~is_out[items.codes[train]]]
        _, first = np.unique(items.codes[free], return_index=True)
        return free[np.sort(first)]

    def _entry(self, view: LabelView, index: int, score: float, reason: str) -> dict[str, Any]:
        p = view.probabilities[index]
        prediction = int(view.prediction[index]) if len(p) else None
        return {
            "index": index,
            "item": self._data.items.items.at(index),
            "score": score if np.isfinite(score) else None,
            "prediction": prediction,
            "probability": None if prediction is None else float(p[prediction]),
            "reason": reason,
        }

    def get(self, identifier: str) -> dict[str, Any]:
        """Return a queue with what has become of it: `stale`, and which inputs are `labelled` or `skipped` by now.

        Raises:
            RcmvaeError: E485 if there is no such queue any more.
        """
        with self._lock:
            made = self._made.get(identifier)
        if made is None:
            fail("E485", f"there is no queue `{identifier}`", help=["make a new one"])
        view, codes = self._views(None), self._data.items.codes
        skipped = np.isin(codes[made.indices], self.skips.codes())
        same = (made.reply["model"], made.reply["label_revision"]) == (view.model.number, view.revision)
        return {
            **made.reply,
            "stale": not same,
            "labelled": made.indices[view.labels[made.indices] >= 0].tolist(),
            "skipped": made.indices[skipped].tolist(),
        }

    def _keep(self, reply: dict[str, Any]) -> None:
        indices = np.array([entry["index"] for entry in reply["entries"]], np.int64)
        with self._lock:
            self._made[reply["id"]] = _Made(reply, indices)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)


def default_acquisition(view: LabelView) -> str:
    """Return the acquisition to begin with: typical inputs while nothing is labelled, then uncertain ones."""
    return "entropy" if len(view.given.labelled) and view.probabilities.shape[1] else "typical"
