"""Measures how well channels find clusters in batches with several effects, with and without the batch as a covariate."""

from __future__ import annotations

from tests.support.planted_batches import agreement, plant

EFFECTS = {
    "shift": "each batch is shifted",
    "stretch": "and each of its features multiplied, by exp(0.5 N(0, 1))",
    "bend": "and one batch bent, by sinh(x / 2)",
    "confounded": "two shifted batches, with 70 % and 30 % of two of the clusters",
}


def main() -> None:
    """Print a table in Markdown."""
    print("| batches | clusters | batches | clusters, without | batches, without |")
    print("| --- | --- | --- | --- | --- |")
    for effect, meaning in EFFECTS.items():
        planted = plant(effect)
        values = [
            value for covariates in (True, False) for value in agreement(planted, covariates=covariates)
        ]
        print(f"| {meaning} |", " | ".join(f"{value:.2f}" for value in values), "|", flush=True)


if __name__ == "__main__":
    main()
