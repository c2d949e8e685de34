"""Data that gained or lost classes after a run: classes are compared by name, and new ones count as wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main

NEW = [f"{0.1 * row},{0.2 * row},0.5,{{}}\n" for row in range(20)]


def evaluated(capfd: pytest.CaptureFixture[str]) -> tuple[dict, str]:
    """What `evaluate` computes, compared with what `predict` counts on the same inputs."""
    capfd.readouterr()
    assert main(["evaluate", "run", "--json"]) == 0
    output, warnings = capfd.readouterr()
    assert main(["predict", "run", "--split", "test", "-o", "p.csv", "--json", "--force"]) == 0
    predicted = json.loads(capfd.readouterr().out)
    result = json.loads(output)
    assert result["accuracy"] == pytest.approx(predicted["accuracy"])
    return result, warnings


@pytest.mark.parametrize("name", ["zz", "m"])  # `m` is sorted before the classes of the model, and moves them
def test_a_class_that_the_data_gained_counts_as_wrong(here, capfd, name) -> None:
    before, warnings = evaluated(capfd)
    assert "W413" not in warnings
    with Path("data.csv").open("a") as file:
        file.writelines(line.format(name) for line in NEW)
    after, warnings = evaluated(capfd)
    rows = {each["name"]: each for each in after["classes"]}
    assert [each["name"] for each in after["classes"]] == ["x", "y", "z", name]
    assert rows[name]["support"] > 0
    assert (rows[name]["predicted"], rows[name]["recall"]) == (0, 0.0)
    assert rows[name]["average_precision"] == pytest.approx(rows[name]["support"] / after["inputs"])
    assert f"whose inputs count as wrong: `{name}` ({rows[name]['support']} inputs)" in warnings
    assert f"never predicted: `{name}`" not in warnings
    assert "has arrays of other test data than these" in warnings
    # The classes of the model keep their own rows: they are separated well, whatever their numbers in the data.
    assert all(rows[own]["recall"] == pytest.approx(1) for own in "xyz" if before["accuracy"] == 1)
    assert main(["evaluate", "run", "-o", "out"]) == 0
    assert "W416" not in capfd.readouterr().err


def test_classes_keep_their_names_if_the_data_lost_one(here, capfd) -> None:
    lines = Path("data.csv").read_text().splitlines(keepends=True)
    Path("data.csv").write_text("".join(line for line in lines if not line.endswith("x\n")))
    result, _ = evaluated(capfd)
    assert [(each["name"], each["support"] > 0) for each in result["classes"]] == [
        ("x", False), ("y", True), ("z", True),
    ]  # fmt: skip
