"""Holds what the routes share: the workspace, and what the server keeps beside it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from functools import cached_property

import attrs

from rcmvae_core.errors import Diagnostic
from rcmvae_core.explore.explored_model import ExploredModel
from rcmvae_core.explore.label_view import LabelView
from rcmvae_core.explore.model_services import ServicesByModel
from rcmvae_core.explore.row_features import Moments, fit_moments
from rcmvae_core.explore.server.errors import UNKNOWN, refuse
from rcmvae_core.explore.server.live import Live
from rcmvae_core.explore.uploads import Uploads
from rcmvae_core.explore.workspace import Workspace

_MOST_SELECTIONS = 100


def _ignore(_: Diagnostic) -> None:
    """Do nothing: coordinates that cannot be kept are computed again."""


@attrs.frozen(eq=False, slots=False)
class Context:
    """The first argument of every route.

    Args:
        workspace: what is explored.
        read_only: whether writes are refused.
        live: the clients that listen.
        instance: names this process: a browser may have kept columns of an earlier one at the same address.
        uploads: pictures that were dropped on the page.
        selections: indices by the name that a page or a script has given them, the oldest first.
    """

    workspace: Workspace
    read_only: bool = False
    live: Live = attrs.field(factory=Live)
    instance: str = attrs.field(factory=lambda: secrets.token_hex(8))
    uploads: Uploads = attrs.field(factory=Uploads)
    selections: OrderedDict[str, list[int]] = attrs.field(factory=OrderedDict)

    @cached_property
    def services(self) -> ServicesByModel:
        """What is computed of a model when it is first needed."""
        return ServicesByModel(self.workspace.models, writable=not self.read_only, warn=_ignore)

    @cached_property
    def moments(self) -> Moments:
        """What the features of training inputs are like."""
        data = self.workspace.data
        return fit_moments(data.dataset, data.split.train)

    def model(self, number: int) -> ExploredModel:
        """Return a model; E485 if there is none."""
        return self.workspace.models(number)

    def view(self, number: int, revision: int | None) -> LabelView:
        """Return the predictions of a model with the labels of a revision, or with the current ones."""
        return self.workspace.view(number, revision)

    def index(self, index: int) -> int:
        """Return the index of an input.

        Raises:
            HttpError: 404 if there is no such input.
        """
        count = self.workspace.data.count
        if index >= count:
            raise refuse(UNKNOWN, f"there is no input {index}: the data set has {count}, from 0")
        return index

    def indices(self, indices: list[int]) -> list[int]:
        """Return indices of inputs, of which each must exist as for `index`."""
        self.index(max(indices, default=0))
        return indices

    def select(self, name: str, indices: list[int]) -> None:
        """Keep a selection; the oldest of too many is forgotten."""
        self.selections[name] = indices
        self.selections.move_to_end(name)
        while len(self.selections) > _MOST_SELECTIONS:
            self.selections.popitem(last=False)

    def selection(self, name: str) -> list[int]:
        """Return a selection.

        Raises:
            HttpError: 404 if there is none with this name.
        """
        found = self.selections.get(name)
        if found is None:
            raise refuse(UNKNOWN, "no selection has this name", help_=["`POST selections` keeps one"])
        return found
