"""`rcmvae migrate`: what each flag becomes, what is said of it, and that the result is a spec."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from rcmvae_core.cli.common import read as read_spec
from rcmvae_core.cli.explain import page
from rcmvae_core.discovery import discover
from rcmvae_core.errors import SpecError
from rcmvae_core.migrate import migrate
from rcmvae_core.migrate.flags import FLAGS
from rcmvae_core.migrate.reference import table
from rcmvae_core.migrate.yaml_file import comments
from rcmvae_core.resolve import resolve

from .test_imports import HEAVY, PROBE

DOCS = Path(__file__).parents[2] / "docs" / "migrating.md"
# math.md, "Legacy flags".
LISTED = set(
    re.findall(
        r"\w+",
        """
    prior_type num_components latent_dim latent_layout hidden_dims encoder_type decoder_type use_film_decoder
    use_component_aware_decoder decoder_conditioning component_embedding_dim use_heteroscedastic_decoder sigma_min
    sigma_max use_sigma_regularization sigma_regularization_weight sigma_target_mean use_gumbel_softmax
    use_straight_through_gumbel gumbel_temperature gumbel_temperature_min gumbel_temperature_anneal_epochs
    recon_weight reconstruction_loss kl_weight kl_c_weight kl_c_anneal_epochs learnable_pi dirichlet_alpha
    dirichlet_weight component_diversity_weight c_regularizer c_logit_prior_weight c_logit_prior_mean
    c_logit_prior_sigma top_m_gating soft_embedding_warmup_epochs use_tau_classifier tau_smoothing_alpha
    vamp_num_samples_kl vamp_pseudo_lr_scale vamp_pseudo_init_method geometric_arrangement geometric_radius
    curriculum_enabled k_active_schedule kl_boost_on_unlock num_samples num_labeled max_epochs batch_size
    learning_rate weight_decay grad_clip_norm dropout_rate patience val_split random_seed
""",
    )
)
ABSENT = object()
SIGMA = "prior_type: mixture\nuse_heteroscedastic_decoder: true\n"
GUMBEL = "prior_type: mixture\nlatent_layout: decentralized\nuse_gumbel_softmax: true\n"
LOGITS = "prior_type: mixture\nc_regularizer: logit_mog\n"
PENALTY = SIGMA + "use_sigma_regularization: true\n"
CURRICULUM = "prior_type: mixture\ncurriculum_enabled: true\n"
TAU = "prior_type: mixture\nuse_tau_classifier: true\n"
PI = "prior_type: mixture\nlearnable_pi: true\n"

# The flag; with what; then what the spec has, or the comment in it.
BECOMES = [
    ("name: fourth run!", "", {"name": "fourth-run"}),
    ("description: with care", "", "# description: with care"),
    ("tags: [a, b]", "", "# tags: [a, b] - a spec has no tags"),
    ("random_seed: 7", "", {"seeds": [7]}),
    ("", "", {"seeds": [42]}),
    ("num_labeled: 100", "", {"data.labels": 100}),
    ("num_samples: 5000", "", {"data.training_inputs": 5000}),
    ("", "", {"data.labels": ABSENT, "data.training_inputs": ABSENT, "data.mnist": {}}),
    ("val_split: 0.2", "", {"data.validation_fraction": 0.2}),
    ("num_classes: 10", "", "# num_classes: 10 - the classes are those of the data"),
    ("input_hw: [28, 28]", "", "# input_hw: [28, 28] - the shape is that of the data"),
    ("num_components: 20", "prior_type: mixture", {"latent.channels": 20}),
    ("num_components: 20", "prior_type: standard", {"latent.channels": 1}),
    ("num_components: 20", "", {"latent.channels": 20, "prior.mixture": {}, "prior.standard": ABSENT}),
    ("latent_dim: 4", "", {"latent.dim": 4}),
    ("latent_layout: shared", "", {"latent.layout": "shared"}),
    ("latent_layout: decentralized", "prior_type: mixture", {"latent.layout": "decentralized"}),
    ("component_embedding_dim: 8", "", {"latent.embedding_dim": 8}),
    ("", "latent_dim: 3\ndecoder_conditioning: film", {"latent.embedding_dim": 3}),
    ("", "latent_dim: 3", {"latent.embedding_dim": ABSENT}),
    (
        "hidden_dims: [256, 128]",
        "",
        {"encoder.dense.hidden": [256, 128], "backbone.dense.hidden": [128, 256]},
    ),
    (
        "hidden_dims: [256, 128]",
        "encoder_type: conv",
        {"encoder": {"conv": {}}, "backbone.dense.hidden": [128, 256]},
    ),
    (
        "hidden_dims: [9]",
        "encoder_type: conv\ndecoder_type: conv",
        "# hidden_dims: [9] - convolutional nets did not read it",
    ),
    ("encoder_type: dense", "", {"encoder.dense.hidden": [256, 128, 64]}),
    ("encoder_type: conv", "", {"encoder": {"conv": {}}}),
    ("decoder_type: dense", "", {"backbone.dense.hidden": [64, 128, 256]}),
    ("decoder_type: conv", "", {"backbone": {"conv": {}}}),
    ("prior_type: standard", "", {"prior": {"standard": {}}, "loss.kl_c": ABSENT}),
    ("prior_type: mixture", "", {"prior": {"mixture": {}}}),
    (
        "prior_type: vamp",
        "",
        {
            "prior": {"vamp": {"samples": 1, "init": "random", "learning_rate_factor": 0.1}},
            "loss.kl_c": ABSENT,
        },
    ),
    (
        "prior_type: vamp",
        "latent_layout: decentralized",
        {"loss.kl_c.kl_channel": {}, "prior.vamp.samples": ABSENT},
    ),
    ("prior_type: geometric_mog", "", {"prior": {"geometric_mog": {"arrangement": "circle", "radius": 2.0}}}),
    ("learnable_pi: true", "prior_type: mixture", {"prior.mixture.pi": "learned"}),
    ("learnable_pi: false", "prior_type: mixture", {"prior.mixture.pi": "uniform"}),
    ("learnable_pi: true", "prior_type: vamp", {"prior.vamp.pi": "learned"}),
    ("learnable_pi: true", "prior_type: geometric_mog", {"prior.geometric_mog.pi": "learned"}),
    ("vamp_num_samples_kl: 5", "prior_type: vamp", {"prior.vamp.samples": 5}),
    (
        "vamp_num_samples_kl: 5",
        "prior_type: mixture",
        "# vamp_num_samples_kl: 5 - it is for prior_type vamp",
    ),
    (
        "vamp_num_samples_kl: 5",
        "prior_type: vamp\nlatent_layout: decentralized",
        {"prior.vamp.samples": ABSENT},
    ),
    ("vamp_pseudo_lr_scale: 0.3", "prior_type: vamp", {"prior.vamp.learning_rate_factor": 0.3}),
    ("vamp_pseudo_init_method: kmeans", "prior_type: vamp", {"prior.vamp.init": "kmeans"}),
    ("geometric_arrangement: grid", "prior_type: geometric_mog", {"prior.geometric_mog.arrangement": "grid"}),
    ("geometric_radius: 3", "prior_type: geometric_mog", {"prior.geometric_mog.radius": 3}),
    ("geometric_radius: 3", "", "# geometric_radius: 3 - it is for prior_type geometric_mog"),
    ("use_gumbel_softmax: false", "prior_type: mixture", {"routing": {"soft": {}}}),
    (
        "use_gumbel_softmax: true",
        "prior_type: mixture",
        {"routing": {"gumbel": {"temperature": 1.0, "floor": 0.5, "straight_through": True}}},
    ),
    ("use_straight_through_gumbel: false", GUMBEL, {"routing.gumbel.straight_through": False}),
    ("gumbel_temperature: 2.0", GUMBEL, {"routing.gumbel.temperature": 2.0}),
    ("gumbel_temperature: 0.3", GUMBEL, {"routing.gumbel.temperature": 0.3, "routing.gumbel.floor": 0.3}),
    ("gumbel_temperature: 2.0", "", "# gumbel_temperature: 2.0 - it is for use_gumbel_softmax: true"),
    ("gumbel_temperature_min: 0.2", GUMBEL, {"routing.gumbel.floor": 0.2}),
    (
        "gumbel_temperature_anneal_epochs: 30",
        GUMBEL + "gumbel_temperature: 2.0",
        {"routing.gumbel.temperature": {"linear": {"start": 2.0, "end": 0.5, "over": "30 epochs"}}},
    ),
    ("gumbel_temperature_anneal_epochs: 0", GUMBEL, {"routing.gumbel.temperature": 1.0}),
    ("top_m_gating: 3", "", {"routing.soft.top_m": 3}),
    ("top_m_gating: 3", GUMBEL, {"routing.gumbel.top_m": 3}),
    ("top_m_gating: 0", "", "# top_m_gating: 0 - 0: every channel is decoded"),
    ("soft_embedding_warmup_epochs: 5", "", {"routing.soft.soft_embedding": "5 epochs"}),
    ("soft_embedding_warmup_epochs: 0", "", {"routing": {"soft": {}}}),
    ("use_film_decoder: true", "", {"conditioner": {"film": {}}, "prior.mixture": {}}),
    ("use_film_decoder: false", "", {"conditioner": {"none": {}}}),
    ("use_film_decoder: true", SIGMA, {"conditioner": {"film": {}}, "head.heteroscedastic.sigma_min": 0.05}),
    ("use_component_aware_decoder: true", "", {"conditioner": {"component_aware": {}}}),
    ("use_component_aware_decoder: false", "", {"conditioner": {"none": {}}}),
    *[
        (f"decoder_conditioning: {name}", "", {"conditioner": {name: {}}})
        for name in ("cin", "film", "concat", "none")
    ],
    (
        "use_heteroscedastic_decoder: true",
        "",
        {"head": {"heteroscedastic": {"sigma_min": 0.05, "sigma_max": 0.5}}},
    ),
    ("use_heteroscedastic_decoder: false", "reconstruction_loss: bce", {"head": {"bernoulli": {}}}),
    ("sigma_min: 0.1", SIGMA, {"head.heteroscedastic.sigma_min": 0.1}),
    ("sigma_max: 0.9", SIGMA, {"head.heteroscedastic.sigma_max": 0.9}),
    ("sigma_min: 0.25", SIGMA + "sigma_max: 1.0", {"head.heteroscedastic.sigma_start": 0.5}),
    ("sigma_max: 0.9", "", "# sigma_max: 0.9 - it is for use_heteroscedastic_decoder: true"),
    ("reconstruction_loss: bce", "", {"head": {"bernoulli": {}}}),
    ("reconstruction_loss: mse", "", {"head": {"gaussian": {"sigma": math.sqrt(0.5)}}}),
    ("reconstruction_loss: mse", SIGMA, {"head.gaussian": ABSENT}),
    ("use_sigma_regularization: true", SIGMA, {"loss.sigma.sigma_penalty.target": math.log(0.1)}),
    ("use_sigma_regularization: false", SIGMA, {"loss.sigma": ABSENT}),
    ("sigma_regularization_weight: 2", PENALTY, {"loss.sigma.weight": 2}),
    ("sigma_target_mean: 0.2", PENALTY, {"loss.sigma.sigma_penalty.target": math.log(0.2)}),
    ("sigma_target_mean: -1.6", PENALTY, {"loss.sigma.sigma_penalty.target": -1.6}),
    (
        "recon_weight: 2.0",
        "reconstruction_loss: bce",
        {"loss.reconstruction": {"weight": 2.0, "reconstruction": {}}},
    ),
    ("recon_weight: 2.0", SIGMA, {"loss.reconstruction.weight": 2.0}),
    ("recon_weight: 784", "reconstruction_loss: mse", {"loss.reconstruction.weight": 1.0}),
    ("kl_weight: 0.5", "", {"loss.kl_z": {"weight": 0.5, "kl_latent": {"reduce": "expected"}}}),
    (
        "kl_weight: 0.5",
        "prior_type: mixture\nlatent_layout: decentralized",
        {"loss.kl_z": {"weight": 0.5, "kl_latent": {"reduce": "sum"}}},
    ),
    ("kl_c_weight: 0.5", "prior_type: mixture", {"loss.kl_c": {"weight": 0.5, "kl_channel": {}}}),
    ("kl_c_weight: 0.5", "", "# kl_c_weight: 0.5 - the standard prior has no channels"),
    (
        "kl_c_anneal_epochs: 10",
        "prior_type: mixture\nkl_c_weight: 0.5",
        {"loss.kl_c.weight": {"linear": {"start": 0.0, "end": 0.5, "over": "10 epochs"}}},
    ),
    ("kl_c_anneal_epochs: 0", "prior_type: mixture", {"loss.kl_c.weight": 1.0}),
    (
        "dirichlet_alpha: 5.0",
        PI,
        {"loss.dirichlet": {"weight": 1.0, "dirichlet": {"on": "pi", "alpha": 5.0}}},
    ),
    ("dirichlet_alpha: null", PI, {"loss.dirichlet": ABSENT}),
    ("dirichlet_alpha: 5.0", "prior_type: mixture", {"loss.dirichlet": ABSENT}),
    ("dirichlet_weight: 0.1", PI + "dirichlet_alpha: 5", {"loss.dirichlet.weight": 0.1}),
    ("dirichlet_weight: 0.1", PI, {"loss.dirichlet": ABSENT}),
    (
        "component_diversity_weight: -0.05",
        "prior_type: mixture",
        {"loss.usage": {"weight": -0.05, "usage_entropy": {}}},
    ),
    ("component_diversity_weight: 0.0", "prior_type: mixture", {"loss.usage": ABSENT}),
    (
        "c_regularizer: categorical",
        "prior_type: mixture",
        {"loss.kl_c.kl_channel": {}, "loss.logits": ABSENT},
    ),
    (
        "c_regularizer: logit_mog",
        "prior_type: mixture",
        {"loss.logits": {"weight": 0.0, "logit_mog": {"mean": 5.0, "sigma": 1.0}}, "loss.kl_c": ABSENT},
    ),
    ("c_regularizer: both", "prior_type: mixture", {"loss.kl_c.kl_channel": {}, "loss.logits.weight": 0.0}),
    ("c_logit_prior_weight: 0.1", LOGITS, {"loss.logits.weight": 0.1}),
    ("c_logit_prior_mean: 4", LOGITS, {"loss.logits.logit_mog.mean": 4}),
    ("c_logit_prior_sigma: 2", LOGITS, {"loss.logits.logit_mog.sigma": 2}),
    ("c_logit_prior_mean: 4", "", "# c_logit_prior_mean: 4 - it is for c_regularizer logit_mog or both"),
    ("use_contrastive: true", "", "# use_contrastive: true - the old contrastive term is not translated"),
    ("contrastive_weight: 1", "", "# contrastive_weight: 1 - it is for use_contrastive"),
    ("l1_weight: 1e-4", "", "# l1_weight: 1e-4 - there is no L1 penalty"),
    (
        "use_tau_classifier: true",
        "prior_type: mixture",
        {"classifier.tau": {"alpha": 1.0}, "loss.labels": {"supervised": {}}},
    ),
    ("use_tau_classifier: false", "prior_type: mixture", {"classifier": ABSENT, "loss.labels": ABSENT}),
    ("tau_smoothing_alpha: 0.1", TAU, {"classifier.tau.alpha": 0.1}),
    ("tau_smoothing_alpha: 0.1", "", "# tau_smoothing_alpha: 0.1 - it is for use_tau_classifier: true"),
    ("label_weight: 50", TAU, {"loss.labels": {"weight": 50, "supervised": {}}}),
    (
        "curriculum_enabled: true",
        "prior_type: mixture\nnum_components: 3",
        {"curriculum.channels": {"active": [1, 2, 3], "at_epoch": [0, 5, 10]}},
    ),
    ("curriculum_enabled: false", "prior_type: mixture", {"curriculum": ABSENT}),
    (
        "k_active_schedule: [1, 2, 5, 10]",
        CURRICULUM,
        {"curriculum.channels": {"active": [1, 2, 5, 10], "at_epoch": [0, 10, 20, 30]}},
    ),
    (
        "k_active_schedule: [[0, 1], [7, 5]]",
        CURRICULUM,
        {"curriculum.channels": {"active": [1, 5], "at_epoch": [0, 7]}},
    ),
    (
        "k_active_schedule: {0: 1, 7: 5}",
        CURRICULUM,
        {"curriculum.channels": {"active": [1, 5], "at_epoch": [0, 7]}},
    ),
    ("k_active_schedule: [1, 10]", "prior_type: mixture", {"curriculum": ABSENT}),
    ("curriculum_start_k_active: 9", CURRICULUM, {"curriculum.channels.active": [9, 10]}),
    ("curriculum_max_k_active: 2", CURRICULUM, {"curriculum.channels.active": [1, 2]}),
    (
        "curriculum_unlock_every_epochs: 3",
        CURRICULUM + "curriculum_max_k_active: 3",
        {"curriculum.channels.at_epoch": [0, 3, 6]},
    ),
    ("kl_boost_on_unlock: 2.0", CURRICULUM, {"curriculum.channels.kl_boost": 2.0}),
    ("kl_boost_on_unlock: 2.0", "", "# kl_boost_on_unlock: 2.0 - it is for curriculum_enabled: true"),
    ("max_epochs: 50", "", {"train.epochs": 50}),
    ("", "", {"train.epochs": 300, "train.batch_size": 128}),
    ("batch_size: 64", "", {"train.batch_size": 64}),
    ("learning_rate: 5e-4", "", {"train.optimizer.adamw.learning_rate": 5e-4}),
    ("learning_rate: 5e-4", "weight_decay: 0", {"train.optimizer.adam.learning_rate": 5e-4}),
    ("weight_decay: 0.01", "", {"train.optimizer.adamw.weight_decay": 0.01, "train.optimizer.adam": ABSENT}),
    ("weight_decay: 0.0", "", {"train.optimizer.adamw": ABSENT, "train.optimizer.adam.clip_norm": 1.0}),
    ("grad_clip_norm: 0.5", "", {"train.optimizer.adamw.clip_norm": 0.5}),
    ("grad_clip_norm: null", "", {"train.optimizer.adamw.clip_norm": ABSENT}),
    ("dropout_rate: 0.2", "", "# dropout_rate: 0.2 - the nets have no dropout"),
    ("dropout_rate: 0.0", "", "# dropout_rate: 0.0 - not asked for"),
    (
        "patience: 20",
        "",
        "# patience: 20 - early stopping is not part of this version, so all epochs are trained",
    ),
    ("monitor_metric: loss", "", "# monitor_metric: loss - it was for early stopping"),
    ("classifier_type: dense", "", "# classifier_type: dense - there is no classifier head"),
    ("mixture_history_log_every: 2", "", "# mixture_history_log_every: 2 - every evaluation is logged"),
    ("xla_flags: --x", "", "# xla_flags: --x - a spec does not change the machine"),
]


def moved(text: str, **options):
    return migrate(text.encode(), "old.yaml", **options)


def at(tree, dotted: str):
    for step in dotted.split("."):
        if step not in tree:
            return ABSENT
        tree = tree[step]
    return tree


def file_of(flag: str, others: str) -> str:
    return "\n".join(filter(None, (flag, others))) + "\n" if flag or others else "val_split: 0.1\n"


@pytest.mark.parametrize(("flag", "others", "expected"), BECOMES)
def test_what_a_flag_becomes(flag, others, expected) -> None:
    migration = moved(file_of(flag, others))
    assert tomli.loads(migration.toml) == migration.tree
    if isinstance(expected, str):
        assert expected in migration.toml
        return
    for path, value in expected.items():
        assert at(migration.tree, path) == value, path


def test_every_flag_has_a_case() -> None:
    assert {flag.partition(":")[0] for flag, _, _ in BECOMES} - {""} == set(FLAGS)
    assert set(FLAGS) >= LISTED


def test_every_given_flag_is_seen_in_the_spec() -> None:
    """No flag is dropped unsaid: it changes the spec, or it stands there as a comment."""
    for flag, others in {(flag, others) for flag, others, _ in BECOMES if flag}:
        name = flag.partition(":")[0]
        without, with_ = moved(file_of("", others)).toml, moved(file_of(flag, others)).toml
        assert with_ != without or f"# {name}: " in with_, flag


WARNINGS = [
    ("use_film_decoder: true\nuse_heteroscedastic_decoder: true\n", "W501", "silently dropped FiLM"),
    ("decoder_conditioning: film\nuse_heteroscedastic_decoder: true\n", "W501", "silently dropped FiLM"),
    ("prior_type: mixture\nuse_tau_classifier: true\n", "W501", "silently fell back to a classifier head"),
    ("prior_type: mixture\nuse_tau_classifier: false\n", "W502", "trained a classifier head"),
    ("prior_type: mixture\nnum_labeled: 100\n", "W501", "`use_tau_classifier` is absent"),
    ("prior_type: mixture\nuse_tau_classifier: true\n", "W503", "how much labels weigh"),
    ("prior_type: standard\nnum_components: 10\n", "W501", "ignored `num_components: 10`"),
    ("num_components: 10\n", "W501", "`prior_type` is absent"),
    ("prior_type: vamp\ndecoder_conditioning: cin\n", "W501", "no conditioning under `prior_type: vamp`"),
    ("prior_type: vamp\nlearnable_pi: true\n", "W501", "switched `learnable_pi` off"),
    ("prior_type: vamp\nkl_c_weight: 1.0\n", "W502", "count it twice"),
    ("prior_type: vamp\n", "W503", "`kl_c_weight` was 1 where absent"),
    ("prior_type: vamp\nlatent_layout: decentralized\nvamp_num_samples_kl: 5\n", "W502", "analytic"),
    ("prior_type: standard\nlearnable_pi: true\n", "W502", "no pi to learn"),
    ("prior_type: mixture\nuse_gumbel_softmax: true\n", "W501", "only with `latent_layout: decentralized`"),
    ("use_component_aware_decoder: true\n", "W501", "later versions of the old system ignored"),
    (
        "reconstruction_loss: bce\nuse_heteroscedastic_decoder: true\n",
        "W501",
        "ignored `reconstruction_loss: bce`",
    ),
    ("use_heteroscedastic_decoder: true\n", "W503", "log sigma once an image"),
    ("reconstruction_loss: mse\nrecon_weight: 500\n", "W503", "mean over pixels"),
    (PENALTY + "sigma_target_mean: 0.2\n", "W503", "is read as a sigma"),
    ("use_sigma_regularization: true\n", "W502", "no sigma to regularise"),
    ("prior_type: mixture\ndirichlet_alpha: 2\n", "W502", "pi is fixed"),
    ("component_diversity_weight: -1\n", "W502", "no channels"),
    (CURRICULUM + "k_active_schedule: [1, 10]\n", "W503", "not when"),
    ("dropout_rate: 0.2\n", "W502", "no dropout"),
    ("patience: 20\n", "W502", "early stopping"),
    ("l1_weight: 0.1\n", "W502", "no L1 penalty"),
    ("use_contrastive: true\n", "W502", "not translated"),
    ("xla_flags: --x\n", "W502", "does not change the machine"),
]


@pytest.mark.parametrize(("text", "code", "words"), WARNINGS)
def test_warnings(text, code, words) -> None:
    found = [w for w in moved(text).warnings if words in w.message]
    assert [w.code for w in found] == [code]
    assert found[0].place is not None
    assert found[0].place.source.name == "old.yaml"


def test_no_more_warnings_than_needed() -> None:
    quiet = "prior_type: mixture\nreconstruction_loss: bce\ndropout_rate: 0\nlatent_dim: 2\n"
    assert moved(quiet).warnings == ()


def test_the_setting_of_the_old_sigma_is_named() -> None:
    migration = moved("use_heteroscedastic_decoder: true\n")
    assert any('log_sigma = "per_image"' in line for w in migration.warnings for line in w.help)
    assert 'log_sigma = "per_image"' in migration.toml


FAULTS = [
    ("", "E501", 1, 1, "no flags"),
    ("# only a comment\n", "E501", 1, 1, "no flags"),
    ("- a\n- b\n", "E501", 1, 1, "not a mapping"),
    ("just words\n", "E501", 1, 1, "not a mapping"),
    ("latent_dim: [1, 2\n", "E501", 2, 1, "not YAML"),
    ("a: b: c\n", "E501", 1, 5, "not YAML"),
    ("latent_dim: 2\n\tmax_epochs: 3\n", "E501", 2, 1, "not YAML"),
    ("latent_dim: \x07\n", "E501", 1, 13, "U+0007"),
    ("latent_dim: 2\n---\nlatent_dim: 3\n", "E501", 2, 1, "single document"),
    ("x: &a 2\nlatent_dim: *a\n", "E501", 1, 4, "anchors"),
    ("latent_dim: !!int 2\n", "E501", 1, 13, "tags"),
    ("latent_dim: !!python/object:os.system 2\n", "E501", 1, 13, "tags"),
    ("a: *missing\n", "E501", 1, 4, "undefined alias"),
    ("? [a, b]\n: 1\n", "E501", 1, 3, "a key must be a name"),
    ("a: " + "[" * 500 + "]" * 500, "E501", 1, 1, "nested too deep"),
    ("latent_dim: 2\nlatnt_dim: 3\n", "E502", 2, 1, "`latnt_dim`"),
    ("curriculum:\n  enabled: true\n", "E502", 2, 3, "`enabled`"),
    ("latent_dim: ten\n", "E503", 1, 13, "must be an integer, in decimal, got ten"),
    ("latent_dim: 2.0\n", "E503", 1, 13, "must be an integer"),
    ("latent_dim: 010\n", "E503", 1, 13, "got 010"),
    ("latent_dim: 0x10\n", "E503", 1, 13, "got 0x10"),
    ("latent_dim: 1:30\n", "E503", 1, 13, "got 1:30"),
    ("latent_dim: '2'\n", "E503", 1, 13, "got '2'"),
    ("latent_dim: {a: 1}\n", "E503", 1, 13, "got {a: 1}"),
    ("latent_dim: " + "9" * 5000 + "\n", "E503", 1, 13, "must be an integer"),
    ("kl_weight: .inf\n", "E503", 1, 12, "must be a number"),
    ("kl_weight: .nan\n", "E503", 1, 12, "must be a number"),
    ("kl_weight: 1e999\n", "E503", 1, 12, "must be finite"),
    ("use_film_decoder: 'true'\n", "E503", 1, 19, "must be true or false"),
    ("use_film_decoder: 1\n", "E503", 1, 19, "must be true or false"),
    ("hidden_dims: 128\n", "E503", 1, 14, "must be a list of integers"),
    ("hidden_dims: [128, x]\n", "E503", 1, 14, "must be an integer"),
    ("prior_type: mixed\n", "E503", 1, 13, "must be one of `standard`, `mixture`"),
    ("k_active_schedule: []\n", "E503", 1, 20, "must be a list of channels"),
    ("k_active_schedule: [[1, 2, 3]]\n", "E503", 1, 20, "must be a list of channels"),
    ("k_active_schedule: [[1], [0, 2]]\n", "E503", 1, 20, "must be a list of channels"),
    ("name: [a]\n", "E503", 1, 7, "must be a text"),
    ("latent_dim: 2\nlatent_dim: 3\n", "E504", 2, 1, "twice, first in line 1"),
    ("model:\n  latent_dim: 2\nvae:\n  latent_dim: 3\n", "E504", 4, 3, "twice, first in line 2"),
    ("use_film_decoder: true\ndecoder_conditioning: cin\n", "E504", 2, 1, "`use_film_decoder` for `film`"),
    (
        "use_film_decoder: true\nuse_component_aware_decoder: true\n",
        "E504",
        2,
        1,
        "`use_film_decoder` for `film`",
    ),
    ("decoder_conditioning: none\nuse_film_decoder: true\n", "E504", 1, 1, "`use_film_decoder` for `film`"),
    ("prior_type: standard\nuse_tau_classifier: true\n", "E504", 2, 1, "`prior_type: standard` has none"),
    ("prior_type: standard\ndecoder_conditioning: cin\n", "E504", 2, 1, "`prior_type: standard` has none"),
    ("prior_type: standard\nuse_gumbel_softmax: true\n", "E504", 2, 1, "`prior_type: standard` has none"),
    ("prior_type: standard\ncurriculum_enabled: true\n", "E504", 2, 1, "`prior_type: standard` has none"),
    (SIGMA + "sigma_min: 0.6\n", "E504", 3, 1, "`sigma_min`, 0.6, must be less than `sigma_max`, 0.5"),
    (GUMBEL + "gumbel_temperature_min: 3\n", "E504", 4, 1, "must be at most `gumbel_temperature`, 1.0"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "words"), FAULTS)
def test_faults(text, code, line, column, words) -> None:
    with pytest.raises(SpecError) as caught:
        moved(text)
    (fault,) = caught.value.diagnostics
    assert fault.code == code
    assert words in fault.message
    assert fault.place is not None
    assert (fault.place.span.line, fault.place.span.column) == (line, column)
    assert fault.help


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(SpecError) as caught:
        migrate(b"latent_dim: 2\nname: \xff\n", "old.yaml")
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.place.span.line, fault.place.span.column) == ("E102", 2, 7)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert moved("\ufefflatent_dim: 3\n").tree["latent"]["dim"] == 3


def test_all_faults_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(SpecError) as caught:
        moved("latnt_dim: 3\nlatent_dim: ten\nmax_epoch: 5\nkl_weight: no\n")
    found = caught.value.diagnostics
    assert [d.code for d in found] == ["E502", "E503", "E502", "E503"]
    assert found[0].help[0] == "did you mean `latent_dim`?"
    assert found[2].help[0] == "did you mean `max_epochs`?"


def test_a_section_that_shortens_a_flag_gets_its_full_name() -> None:
    with pytest.raises(SpecError, match="enabled") as caught:
        moved("curriculum:\n  enabled: true\n")
    assert caught.value.diagnostics[0].help[0] == "did you mean `curriculum_enabled`?"


def test_keep_going_makes_comments_of_unknown_flags() -> None:
    migration = moved("# why\nmystery: [1, 2]  # who knows\nlatent_dim: 3\n", keep_going=True)
    (warning,) = [w for w in migration.warnings if "mystery" in w.message]
    assert warning.code == "W502"
    text = "# why\n# mystery: [1, 2] - unknown to migrate, so not translated (who knows)\n"
    assert text in migration.toml


def test_sections_are_only_grouping() -> None:
    flat = moved("prior_type: mixture\nlatent_dim: 3\nmax_epochs: 5\n")
    deep = moved(
        "vae:\n  model: {prior_type: mixture}\n  size:\n    latent_dim: 3\ntraining:\n  max_epochs: 5\n"
    )
    assert deep.toml == flat.toml


COMMENTED = """\
# The experiment of May.

# how many
model:  # sections have comments too
  # experts
  num_components: 20  # one a style
  prior_type: mixture  # K of them
  hidden_dims:
    - 256  # wide
    - 128
  # small
  latent_dim: 2
  patience: 20  # generous
  name: "a # b"
# the end
"""


def test_comments_go_with_their_flags() -> None:
    text = moved(COMMENTED).toml
    assert text.startswith('# The experiment of May.\n\nrcmvae = ">=0.1"\n')
    assert "# how many\n# sections have comments too\n# experts\nchannels = 20  # one a style\n" in text
    assert "[prior.mixture]  # K of them\n" in text
    assert "# wide\nhidden = [256, 128]\n" in text
    assert "# small\ndim = 2\n" in text
    assert "all epochs are trained (generous)\n" in text
    assert 'name = "a-b"' in text
    assert text.endswith("\n# the end\n")


def test_every_comment_is_kept() -> None:
    text = moved(COMMENTED).toml
    for _, comment in comments(COMMENTED):
        assert comment.lstrip("# ") in text


def test_what_is_no_comment() -> None:
    assert list(comments("a: 'x # y'\nb: c#d\ne: |\n  # text\n")) == []


def test_comments_cannot_break_the_spec() -> None:
    migration = moved("latent_dim: 2  # a\u0085tags: 1\n")
    assert tomli.loads(migration.toml) == migration.tree


def test_windows_line_ends() -> None:
    migration = moved(COMMENTED.replace("\n", "\r\n"))
    assert migration.toml == moved(COMMENTED).toml


def test_a_translation_is_stable() -> None:
    assert moved(COMMENTED).toml == moved(COMMENTED).toml


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab_: -[]{}#'\"\n\t&*!|>%@?,0.e~\u0085é")), max_size=60))
def test_any_text_is_a_spec_or_a_fault(text) -> None:
    try:
        migration = moved(text, keep_going=True)
    except SpecError as error:
        assert all(d.place is not None for d in error.diagnostics)  # noqa: PT017 - it need not be raised
    else:
        assert tomli.loads(migration.toml) == migration.tree


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_spec_or_a_fault(content) -> None:
    try:
        migrate(content, "old.yaml", keep_going=True)
    except SpecError as error:
        assert error.diagnostics  # noqa: PT017


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.sampled_from([flag for flag, _, _ in BECOMES if flag]), unique_by=lambda f: f.partition(":")[0]
    )
)
def test_any_flags_together_are_a_spec_or_a_contradiction(flags) -> None:
    text = "\n".join(flags) or "val_split: 0.1"
    try:
        migration = moved(text)
    except SpecError as error:
        assert {d.code for d in error.diagnostics} == {"E504"}  # noqa: PT017
    else:
        assert tomli.loads(migration.toml) == migration.tree
        assert list(migration.tree["conditioner"].values()) == [{}]
        assert all(
            len(migration.tree[kind]) == 1 for kind in ("encoder", "prior", "routing", "backbone", "head")
        )


RUNNABLE = [
    f"reconstruction_loss: {loss}\nprior_type: {prior}\nlatent_layout: {layout}\nnum_labeled: 100\n" + more
    for loss in ("mse", "bce")
    for layout in ("shared", "decentralized")
    for prior, more in (
        ("mixture", "use_film_decoder: true\nuse_heteroscedastic_decoder: true\nuse_tau_classifier: true\n"),
        (
            "mixture",
            "decoder_conditioning: cin\nencoder_type: conv\ndecoder_type: conv\nuse_tau_classifier: true\n",
        ),
        ("mixture", "use_component_aware_decoder: true\nc_regularizer: both\nc_logit_prior_weight: 0.1\n"),
        ("mixture", PENALTY.removeprefix("prior_type: mixture\n") + "decoder_conditioning: concat\n"),
        (
            "mixture",
            "use_gumbel_softmax: true\ngumbel_temperature: 2.0\ngumbel_temperature_anneal_epochs: 30\n",
        ),
        ("mixture", "learnable_pi: true\ndirichlet_alpha: 5\nkl_c_anneal_epochs: 10\nnum_samples: 5000\n"),
        ("mixture", "curriculum_enabled: true\nk_active_schedule: [1, 2, 5, 10]\nkl_boost_on_unlock: 2.0\n"),
        ("mixture", "component_diversity_weight: -0.05\ntop_m_gating: 3\nsoft_embedding_warmup_epochs: 5\n"),
        ("vamp", "vamp_num_samples_kl: 5\nvamp_pseudo_init_method: kmeans\nlearnable_pi: true\n"),
        ("geometric_mog", "geometric_arrangement: circle\ngeometric_radius: 3.0\nuse_tau_classifier: true\n"),
        ("standard", "weight_decay: 0\ngrad_clip_norm: null\n"),
    )
]


@pytest.mark.parametrize("text", RUNNABLE)
def test_the_result_is_a_spec(text, tmp_path) -> None:
    """With the real plugins, both as it stands in memory and as a file."""
    migration = moved(text)
    resolved = resolve(migration.node, discover("only:rcmvae"), default_name="old")
    path = tmp_path / "old.toml"
    path.write_text(migration.toml, encoding="utf-8")
    again, _ = read_spec(path, [], discover("only:rcmvae"))
    assert again == resolved
    assert {w.code for w in again.warnings} <= {"W301"}


OLD = "prior_type: mixture  # K\nreconstruction_loss: bce\nnum_components: 10\nlatent_dim: 2\n"


@pytest.fixture
def old(tmp_path) -> Path:
    path = tmp_path / "old.yaml"
    path.write_text(OLD, encoding="utf-8")
    return path


def test_print(rcmvae, old) -> None:
    done = rcmvae("migrate", old)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == moved(OLD).toml


def test_write(rcmvae, old, tmp_path) -> None:
    done = rcmvae("migrate", old, "-o", "spec.toml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "spec.toml\n", "")
    assert (tmp_path / "spec.toml").read_text(encoding="utf-8") == moved(OLD).toml
    assert rcmvae("validate", "spec.toml").stdout == "spec.toml: valid\n"
    assert {p.name for p in tmp_path.iterdir()} == {"old.yaml", "spec.toml"}


def test_what_exists_is_kept(rcmvae, old, tmp_path) -> None:
    (tmp_path / "spec.toml").write_text("mine")
    done = rcmvae("migrate", old, "-o", "spec.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[E304]: `spec.toml` exists already" in done.stderr
    assert "--force" in done.stderr
    assert (tmp_path / "spec.toml").read_text() == "mine"
    assert rcmvae("migrate", old, "-o", "spec.toml", "--force").returncode == 0
    assert (tmp_path / "spec.toml").read_text(encoding="utf-8") == moved(OLD).toml


def test_the_old_file_is_never_overwritten(rcmvae, old) -> None:
    done = rcmvae("migrate", old, "-o", old, "--force")
    assert done.returncode == 2
    assert "is the file to migrate" in done.stderr
    assert old.read_text(encoding="utf-8") == OLD


def test_a_target_that_cannot_be_written(rcmvae, old) -> None:
    done = rcmvae("migrate", old, "-o", "no/such/folder/spec.toml")
    assert done.returncode == 1
    assert "error[E304]: cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_faults_of_the_spec_are_shown_in_the_yaml_file(rcmvae, old, tmp_path) -> None:
    old.write_text("prior_type: mixture\nlatent_dim: 0\nmax_epochs: 0\n")
    done = rcmvae("migrate", old, "-o", "spec.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{old}:2:13: error[E207]" in done.stderr
    assert f"{old}:3:13: error[E207]" in done.stderr
    assert not (tmp_path / "spec.toml").exists()


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"a: [", b"nothing_known: 1\n", b"- 1\n", b"latent_dim: x\n"]
)
def test_wrong_input(rcmvae, old, content) -> None:
    old.write_bytes(content)
    done = rcmvae("migrate", old)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(rf"{re.escape(str(old))}:\d+:\d+: error\[E\d\d\d\]: ", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["no.yaml", ".", "a\0b"])
def test_unreadable(name, tmp_path, monkeypatch, capfd) -> None:
    from rcmvae_core.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["migrate", name]) == 2
    assert "error[E101]" in capfd.readouterr().err


def test_a_file_too_large(rcmvae, old) -> None:
    old.write_text("# " + "x" * 2**16)
    assert "is larger than 64 KiB" in rcmvae("migrate", old).stderr


def test_json(rcmvae, old) -> None:
    old.write_text(OLD + "patience: 3\n")
    done = rcmvae("migrate", old, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["spec"] == tomli.loads(found["toml"])
    assert [d["code"] for d in found["diagnostics"]] == ["W502"]
    old.write_text("patience: soon\nmystery: 1\n")
    done = rcmvae("migrate", old, "--json")
    assert (done.returncode, done.stderr) == (2, "")
    assert {d["code"] for d in json.loads(done.stdout)["diagnostics"]} == {"E502", "E503"}


def test_keep_going(rcmvae, old) -> None:
    old.write_text(OLD + "mystery: 1\n")
    assert "--keep-going" in rcmvae("migrate", old).stderr
    done = rcmvae("migrate", old, "--keep-going")
    assert done.returncode == 0
    assert "warning[W502]: `mystery`" in done.stderr
    assert "# mystery: 1 - unknown to migrate" in done.stdout


def test_nothing_heavy_is_loaded(old) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "migrate", str(old)],
        capture_output=True,
        check=False,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("RCMVAE_")},
    )
    assert done.returncode == 0
    assert not HEAVY & set(done.stderr.partition("loaded ")[2].split())


CODES = ["E501", "E502", "E503", "E504", "W501", "W502", "W503"]


@pytest.mark.parametrize("code", CODES)
def test_examples_of_the_pages(code) -> None:
    wrong, right = re.findall(r"```yaml\n(.*?)```", page(code), re.DOTALL)

    def found(text: str) -> set[str]:
        try:
            return {w.code for w in moved(text).warnings}
        except SpecError as error:
            return {d.code for d in error.diagnostics}

    assert code in found(wrong)
    assert code not in found(right)
    assert not {c for c in found(right) if c.startswith("E")}


def test_the_page_of_unknown_flags_lists_the_known() -> None:
    assert set(FLAGS) <= set(re.findall(r"`(\w+)`", page("E502")))


def test_the_table_of_the_documentation_is_current() -> None:
    """To write it anew: RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/cli/test_migrate.py."""
    text = DOCS.read_text(encoding="utf-8")
    before = text[: text.index("| flag | becomes |")]
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        DOCS.write_text(before + table() + "\n", encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == before + table() + "\n"


def test_the_example_of_the_documentation_is_what_migrate_gives() -> None:
    text = DOCS.read_text(encoding="utf-8")
    (yaml,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (toml,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    migration = moved(yaml)
    assert toml in migration.toml
    assert migration.toml.startswith("# FiLM and sigma together\n")
    assert {"W501", "W502"} <= {w.code for w in migration.warnings}
