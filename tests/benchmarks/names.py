"""The framework's parameters under the names of the models written by hand."""

from __future__ import annotations


def by_hand(params: dict) -> dict:
    """Those of a dense model, as `raw_jax.init` has them; without channels there are no embeddings and no FiLM."""
    encoder, backbone = params["encoder"], params["backbone"]
    named = {
        "encoder": [encoder["hidden_0"], encoder["hidden_1"]],
        "posterior": {
            name: array.reshape(*array.shape[:-2], -1) for name, array in encoder["posterior"].items()
        },
        "decoder": [backbone["hidden_0"], backbone["hidden_1"]],
        "head": next(iter(params["head"].values())),
    }
    film = [backbone["condition_0"], backbone["condition_1"]]
    if not film[0]:
        return named
    return named | {"logits": encoder["logits"], "embeddings": params["embeddings"], "film": film}
