"""A model in training that an annotator answers: everything is compiled once, for all rounds and seeds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, cast

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Int

from rcmvae_core.active.plan import Plan
from rcmvae_core.active.pool import pooled
from rcmvae_core.data import spread_labels
from rcmvae_core.estimating.engine import streams
from rcmvae_core.inference.reference import refer
from rcmvae_core.inference.sizes import sizes_of
from rcmvae_core.inference.suggest import open_indices, suggest
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.labels.items import item_ids
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.training.evaluate import make_describe
from rcmvae_core.training.feed import Data, DeviceFeed, Feed, StreamFeed, visible
from rcmvae_core.training.journal import Journal
from rcmvae_core.training.loop import Begun, Row, Task, Warned, train
from rcmvae_core.training.programs import Programs, compile_programs, fresh, relabel
from rcmvae_core.training.split import Split
from rcmvae_core.training.state import TrainState

Listen = Callable[[Begun | Row | Warned], None]


class Moment(NamedTuple):
    """Where a seed stands.

    Args:
        seed: its number.
        epoch: epochs done.
        state: of the model.
        labelled: inputs whose label it was given, in ascending order.
        accuracy: on the test data.
    """

    seed: int
    epoch: int
    state: TrainState
    labelled: Int[np.ndarray, " L"]
    accuracy: float = 0.0


class Bench:
    """Trains, asks and answers; a moment is never changed, so that several acquisitions can go on from one.

    Args:
        resolved: the checked spec; of its data's labels only `label_seed` counts.
        plan: what is simulated.
        listen: told of every epoch and warning.

    Raises:
        RcmvaeError: E302 if the data cannot give what the plan asks for.
    """

    def __init__(self, resolved: ResolvedSpec, plan: Plan, listen: Listen) -> None:
        self._plan, self._listen = plan, listen
        self._prepared, self._pool = pooled(resolved, plan)
        programs, table = compile_programs(self._prepared), self._prepared.resolved.train
        steps = self._prepared.context.steps_per_epoch
        # Drawn on the host: a program of them would be compiled for every number of labels.
        epoch = programs.epoch._replace(streams=partial(streams, steps, table))
        self._programs = programs._replace(epoch=epoch, feed=cast("Feed", None))  # each moment has its own
        marginal = "prior.marginal" in resolved.tokens
        self._describe = make_describe(self._prepared.model, marginal=marginal)
        self._model = TrainedModel(
            self._prepared.resolved, self._prepared.model, (), (), sizes_of(self._prepared)
        )
        self._ids = item_ids(self._prepared.dataset)

    def begin(self, seed: int) -> Moment:
        """A fresh model that has seen the first labels, trained for the first epochs."""
        truth, draw = (
            self._prepared.dataset.labels,
            self._prepared.resolved.one("data").keys.label_seed + seed,
        )
        labelled = spread_labels(truth, self._pool, self._plan.start, draw)
        return self._fresh(seed, labelled, self._plan.first_epochs)

    def ask(self, moment: Moment, by: Part, number: int) -> Int[np.ndarray, " n"]:
        """The inputs that an acquisition wants labels of.

        Args:
            moment: what the model knows.
            by: the acquisition.
            number: of the round.

        Raises:
            RcmvaeError: E432 if every input has a label.
        """
        known = {self._ids[index] for index in moment.labelled.tolist()}
        free = open_indices(self._pool, self._ids, known)
        draw = int(np.random.SeedSequence([moment.seed, number]).generate_state(1)[0])
        asked = self._asked(moment)
        return suggest(asked, by, self._prepared.dataset, free, count=self._plan.batch, seed=draw).indices

    def answer(self, moment: Moment, indices: Int[np.ndarray, " n"]) -> Moment:
        """Label inputs with the truth, and train on, or anew."""
        labelled = np.union1d(moment.labelled, indices)
        if self._plan.anew:
            return self._fresh(moment.seed, labelled, self._plan.epochs)
        new = self._classes(labelled) & ~self._classes(moment.labelled)
        return self._train(self._tell(moment._replace(labelled=labelled), new), self._plan.epochs)

    def _fresh(self, seed: int, labelled: Int[np.ndarray, " L"], epochs: int) -> Moment:
        everyone = np.ones(self._prepared.context.classes, bool)
        begun = Moment(seed, 0, fresh(self._prepared, self._programs, seed), labelled)
        return self._train(self._tell(begun, everyone), epochs)

    def _classes(self, labelled: Int[np.ndarray, " L"]) -> Bool[np.ndarray, " Y"]:
        return np.isin(np.arange(self._prepared.context.classes), self._prepared.dataset.labels[labelled])

    def _split(self, labelled: Int[np.ndarray, " L"]) -> Split:
        given = self._prepared.dataset.labels[labelled]
        if not len(labelled):
            # A stream has to hold something: an input whose label is not known counts nothing, and teaches nothing
            # while τ is the same for all channels.
            labelled, given = self._pool[:1], np.full(1, -1, given.dtype)
        return self._prepared.split._replace(labelled=labelled, given=given)

    def _programs_for(self, split: Split) -> Programs:
        prepared, table = self._prepared, self._prepared.resolved.train
        data = Data(
            dataset=prepared.dataset,
            split=split,
            labels=visible(prepared.dataset, split),
            placement=self._programs.placement,
            epoch=self._programs.epoch,
            describe=self._describe,
            steps=prepared.context.steps_per_epoch,
        )
        feed: Feed = (
            DeviceFeed(data)
            if table.inputs == "device"
            else StreamFeed(data, table.batch_size, table.labelled_batch_size)
        )
        return self._programs._replace(feed=feed)

    def _tell(self, moment: Moment, new: Bool[np.ndarray, " Y"]) -> Moment:
        """Rebuild the classifier from all labels; as many unknown ones as are still to come make up their number."""
        split = self._split(moment.labelled)
        lack = self._plan.labels - len(split.labelled)
        filled = split._replace(
            labelled=np.pad(split.labelled, (0, lack), mode="edge"),
            given=np.pad(split.given, (0, lack), constant_values=-1),
        )
        prepared = self._prepared._replace(split=filled)
        return moment._replace(state=relabel(prepared, self._programs_for(split), moment.state, new))

    def _train(self, moment: Moment, epochs: int) -> Moment:
        last, resolved = moment.epoch + epochs, self._prepared.resolved
        until = attrs.evolve(resolved, train=attrs.evolve(resolved.train, epochs=last))
        split = self._split(moment.labelled)
        prepared = self._prepared._replace(resolved=until, split=split)
        # A copy, for the first step takes the memory of its state.
        begun = jax.tree.map(jnp.copy, moment.state), Journal(moment.seed, moment.epoch)
        tasks = [Task(moment.seed, begun)]
        (trained,) = train(prepared, self._programs_for(split), tasks, self._listen)
        return moment._replace(epoch=last, state=trained.state, accuracy=trained.test["accuracy"])

    def _asked(self, moment: Moment) -> TrainedModel:
        """The model of a moment, with what training inputs look like to it where a score compares with them."""
        states, seeds = (moment.state,), (moment.seed,)
        now = self._model.in_states(states, seeds)
        compares = bool(self._model.resolved.parts["score"])
        return self._model.in_states(states, seeds, refer(now, self._prepared)) if compares else now
