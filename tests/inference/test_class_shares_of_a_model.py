"""What the labels say about classes is stored with a model, and absent from files of earlier versions."""

from __future__ import annotations

import json

from rcmvae_core.inference import model_info
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.plugin.protocols import BuildContext


def info() -> ModelInfo:
    context = BuildContext(
        input_shape=(3,),
        examples=98,
        labelled=50,
        classes=2,
        channels=4,
        dim=2,
        embedding_dim=4,
        layout="shared",
        steps_per_epoch=3,
        epochs=2,
        label_counts=(49, 1),
        class_prior=(0.97, 0.03),
    )
    return ModelInfo(context, ("ok", "fraud"), 1.0, "float64")


def test_counts_and_prior_survive_the_file():
    assert model_info.from_json(json.loads(json.dumps(model_info.as_json(info())))) == info()


def test_a_file_without_them_is_read():
    values = model_info.as_json(info())
    del values["label_counts"], values["class_prior"]
    context = model_info.from_json(values).context
    assert (context.label_counts, context.class_prior) == ((), ())
    assert context.class_weights("balanced") == (1.0, 1.0)
