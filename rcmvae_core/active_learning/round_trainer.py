"""Trains the rounds of a simulated annotation; all rounds, acquisitions and seeds share the compiled programs."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple, cast

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Int

from rcmvae_core.active_learning.pool import prepare_pool
from rcmvae_core.active_learning.settings import SimulationSettings
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.sampling import spread_labels
from rcmvae_core.data.split import Split
from rcmvae_core.estimator.feed import draw_streams
from rcmvae_core.inference.model_info import build_info
from rcmvae_core.inference.query import suggest, unlabelled_indices
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import compute_reference
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.training.batches import DeviceFeed, Feed, FeedConfig, visible_labels
from rcmvae_core.training.class_channels import add_classes
from rcmvae_core.training.compiled import Programs, compile_programs, init_state, rebuild_classifier
from rcmvae_core.training.evaluation import make_evaluate
from rcmvae_core.training.events import Listener
from rcmvae_core.training.loop import train
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState
from rcmvae_core.training.streaming import StreamFeed


class RoundState(NamedTuple):
    """The state of a seed after a round.

    Args:
        seed: the seed.
        epoch: the number of finished epochs.
        state: the training state.
        labelled: indices of the labelled inputs, in ascending order.
        accuracy: on the test data.
    """

    seed: int
    epoch: int
    state: TrainState
    labelled: Int[np.ndarray, " L"]
    accuracy: float = 0.0


class RoundTrainer:
    """Suggests inputs, labels them with their true classes, and trains; never changes a `RoundState` it is given.

    Several acquisitions can therefore continue from the same state.

    Args:
        resolved: the checked spec; of the settings of its labels only `label_seed` is read.
        settings: the simulation.
        listen: called with every event of training.

    Raises:
        RcmvaeError: E302 if the data do not fit the settings.
    """

    def __init__(self, resolved: ResolvedSpec, settings: SimulationSettings, listen: Listener) -> None:
        self._settings, self._listen = settings, listen
        self._prepared, self._pool = prepare_pool(resolved, settings)
        programs, table = compile_programs(self._prepared), self._prepared.resolved.train
        steps = self._prepared.context.steps_per_epoch
        # Drawn on the host: a compiled program would be needed for every number of labels.
        epoch = programs.epoch._replace(streams=partial(draw_streams, steps, table))
        self._programs = programs._replace(epoch=epoch, feed=cast("Feed", None))  # see `_with_feed`
        self._evaluate_batch = make_evaluate(self._prepared.model)
        info = build_info(self._prepared)
        self._model = TrainedModel(self._prepared.resolved, self._prepared.model, (), (), info)
        self._ids = item_ids(self._prepared.dataset)

    def start(self, seed: int) -> RoundState:
        """Train a new model with the first labels.

        Returns:
            The state after training with the first labels.
        """
        label_seed = self._prepared.resolved.one("data").keys.label_seed + seed
        labels = self._prepared.dataset.labels
        labelled = spread_labels(labels, self._pool, self._settings.start, label_seed)
        return self._train_new(seed, labelled, self._settings.first_epochs)

    def suggest(self, current: RoundState, acquisition: ResolvedPart, number: int) -> Int[np.ndarray, " n"]:
        """Choose the inputs to label.

        Args:
            current: the state to choose with.
            acquisition: how to choose.
            number: the number of the round; each has its own random draws.

        Returns:
            Their indices, the best first.

        Raises:
            RcmvaeError: E432 if every input has a label.
        """
        labelled = {self._ids[index] for index in current.labelled.tolist()}
        candidates = unlabelled_indices(self._pool, self._ids, labelled)
        seed = int(np.random.SeedSequence([current.seed, number]).generate_state(1)[0])
        model, dataset = self._trained_model(current), self._prepared.dataset
        suggested = suggest(
            model,
            acquisition,
            dataset,
            candidates,
            labelled=current.labelled,
            count=self._settings.batch,
            seed=seed,
        )
        return suggested.indices

    def label(self, current: RoundState, indices: Int[np.ndarray, " n"]) -> RoundState:
        """Label inputs with their true classes, and train on them: a new model, or with `warm_start` the same one.

        Returns:
            The state after training with the new labels.
        """
        labelled = np.union1d(current.labelled, indices)
        if not self._settings.warm_start:
            return self._train_new(current.seed, labelled, self._settings.epochs)
        new = self._has_class(labelled) & ~self._has_class(current.labelled)
        rebuilt = self._rebuild_classifier(current._replace(labelled=labelled), new)
        return self._train(rebuilt, self._settings.epochs)

    def _train_new(self, seed: int, labelled: Int[np.ndarray, " L"], epochs: int) -> RoundState:
        """Train a new model.

        Args:
            seed: its seed.
            labelled: indices of the labelled inputs.
            epochs: the number of epochs.

        Returns:
            The state after them.
        """
        all_classes = np.ones(self._prepared.context.classes, bool)
        prepared, programs = self._with_padded_labels(labelled)
        initial = init_state(self._prepared, self._programs, seed)
        state = rebuild_classifier(prepared, programs, initial, all_classes)
        return self._train(RoundState(seed, 0, state, labelled), epochs)

    def _has_class(self, labelled: Int[np.ndarray, " L"]) -> Bool[np.ndarray, " Y"]:
        """Return which classes have a labelled input."""
        return np.isin(np.arange(self._prepared.context.classes), self._prepared.dataset.labels[labelled])

    def _split(self, labelled: Int[np.ndarray, " L"]) -> Split:
        given = self._prepared.dataset.labels[labelled]
        if not len(labelled):
            # The stream of labelled inputs must not be empty. An input without a known label is not counted, and has
            # no gradient while τ is the same for all channels.
            labelled, given = self._pool[:1], np.full(1, -1, given.dtype)
        return self._prepared.split._replace(labelled=labelled, given=given)

    def _with_feed(self, split: Split) -> Programs:
        """Return the programs with a feed of this split."""
        prepared, table = self._prepared, self._prepared.resolved.train
        config = FeedConfig(
            dataset=prepared.dataset,
            split=split,
            labels=visible_labels(prepared.dataset, split),
            mesh=self._programs.mesh,
            epoch=self._programs.epoch,
            evaluate_batch=self._evaluate_batch,
            steps=prepared.context.steps_per_epoch,
            scaling=prepared.scaling,
        )
        feed: Feed = (
            DeviceFeed(config)
            if table.inputs == "device"
            else StreamFeed(config, table.batch_size, table.labelled_batch_size)
        )
        return self._programs._replace(feed=feed)

    def _rebuild_classifier(self, current: RoundState, new: Bool[np.ndarray, " Y"]) -> RoundState:
        """Rebuild the classifier of a trained model from all labels.

        Args:
            current: the state to rebuild from.
            new: the classes that get their first label.

        Returns:
            The state with the rebuilt classifier, in which new classes have channels.
        """
        prepared, programs = self._with_padded_labels(current.labelled)
        state, _ = add_classes(prepared, programs, current.state, new)
        return current._replace(state=state)

    def _with_padded_labels(self, labelled: Int[np.ndarray, " L"]) -> tuple[Prepared, Programs]:
        """Return data and programs for counting labels, of which unknown ones follow.

        They are as many as in the last round, so that one compiled program serves every round.
        """
        split = self._split(labelled)
        missing = self._settings.total_labels - len(split.labelled)
        padded = split._replace(
            labelled=np.pad(split.labelled, (0, missing), mode="edge"),
            given=np.pad(split.given, (0, missing), constant_values=-1),
        )
        return self._prepared._replace(split=padded), self._with_feed(split)

    def _train(self, current: RoundState, epochs: int) -> RoundState:
        last, resolved = current.epoch + epochs, self._prepared.resolved
        until_last = attrs.evolve(resolved, train=attrs.evolve(resolved.train, epochs=last))
        split = self._split(current.labelled)
        prepared = self._prepared._replace(resolved=until_last, split=split)
        # A copy, because the first step donates the memory of its state.
        begin = jax.tree.map(jnp.copy, current.state), LoopState(current.seed, current.epoch)
        (trained,) = train(prepared, self._with_feed(split), [SeedJob(current.seed, begin)], self._listen)
        return current._replace(epoch=last, state=trained.state, accuracy=trained.test["accuracy"])

    def _trained_model(self, current: RoundState) -> TrainedModel:
        """Return the model of a state, with statistics of training inputs if there is a score to compare with them."""
        states, seeds = (current.state,), (current.seed,)
        model = self._model.in_states(states, seeds)
        if not self._model.resolved.parts["score"]:
            return model
        reference = compute_reference(model.forward_stats, self._prepared)
        return self._model.in_states(states, seeds, reference)
