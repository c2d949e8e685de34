"""What each flag becomes, and short files that ask for a feature, for the tests of `rcmvae migrate`."""

from __future__ import annotations

import math

from rcmvae_core.migrate import migrate

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
