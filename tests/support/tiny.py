"""A spec that is small, because compiling takes most of the time of a test, and still learns."""

TINY = {
    "latent": {"channels": 4, "dim": 2, "embedding_dim": 2},
    "encoder": {"dense": {"hidden": [32]}},
    "prior": {"mixture": {}},
    "routing": {"soft": {}},
    "conditioner": {"none": {}},
    "backbone": {"dense": {"hidden": [16]}},
    "head": {"gaussian": {}},
    "loss": {"reconstruction": {"reconstruction": {}}, "labels": {"weight": 20.0, "supervised": {}}},
    "classifier": {"tau": {"alpha": 0.001}},
    "train": {"epochs": 4, "batch_size": 64, "evaluate_every": 1_000_000,
              "optimizer": {"adam": {"learning_rate": 0.01}}},
}  # fmt: skip
