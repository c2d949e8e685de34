"""Follows `docs/tutorial.md`: each block of Python and each command is run, in order, with few epochs."""

from __future__ import annotations

import csv
import re
import shlex

from tests.support.imports import ROOT

BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MAX_COMMANDS = 10
NOT_RUN = "not run here:"
SMALL = ["--set", "figure={}", "--set", "encoder.dense.hidden=[8]", "--set", "backbone.dense.hidden=[8]"]
QUICK = {"run": ["--set", "train.epochs=2", *SMALL], "learn": ["--epochs", "2"]}


def blocks(page: str) -> list[tuple[str, str]]:
    """The blocks that are run, with their language."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [
        (match[1], match[2])
        for match in BLOCK.finditer(text)
        if not text[: match.start()].rstrip().endswith(NOT_RUN)
    ]


def commands(page: str) -> list[str]:
    return [line for language, text in blocks(page) if language == "sh" for line in text.splitlines()]


def test_the_commands_lead_to_labels_of_a_new_class(rcmvae, tmp_path, monkeypatch) -> None:
    for language, text in blocks("tutorial.md"):
        if language == "python":
            with monkeypatch.context() as patch:
                patch.chdir(tmp_path)
                exec(compile(text, "tutorial.md", "exec"), {})
            continue
        for line in text.splitlines():
            _, verb, *words = shlex.split(line)
            done = rcmvae(verb, *words, *QUICK.get(verb, []))
            assert done.returncode == 0, (line, done.stderr)
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 720
    assert {"p_0", "p_3"} <= set(rows[0])
    assert (tmp_path / "runs" / "labelled" / "report.html").is_file()
    assert (tmp_path / "threes.png").is_file()


def test_a_reader_needs_ten_commands_from_the_clone_to_labels_of_pictures() -> None:
    """What the start says is what the tutorial runs, but for the installation and the page in the browser."""
    steps = max((text for language, text in blocks("start.md") if language == "sh"), key=len).splitlines()
    assert steps[0].startswith("git clone")
    assert steps[-1].startswith("rcmvae predict")
    assert len(steps) <= MAX_COMMANDS
    installed = steps[1 + steps.index(". .venv/bin/activate") :]
    assert {step for step in installed if "explore" not in step} <= set(commands("tutorial.md"))
