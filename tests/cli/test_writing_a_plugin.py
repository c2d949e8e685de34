"""Follows `docs/writing-a-plugin.md`: runs each command, and writes or compares each file, in order."""

from __future__ import annotations

import difflib
import re
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.wheels import ROOT, environment, installed

GUIDE = ROOT / "docs" / "writing-a-plugin.md"
START = "From an empty folder"
MAX_COMMANDS, MAX_LINES = 5, 30
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+)` (becomes|holds):$")
NOT_RUN = "not run here:"


class Block(NamedTuple):
    """A fenced block of the guide, with its section and, as one line, the paragraph before it."""

    section: str
    lead: str
    language: str
    text: str


class Step(NamedTuple):
    """A command that was run."""

    section: str
    command: str
    seconds: float


def blocks() -> Iterator[Block]:
    for section in GUIDE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        for match in BLOCK.finditer(body):
            lead = " ".join(body[: match.start()].rstrip().rpartition("\n\n")[2].split())
            yield Block(title, lead, match["language"], match["text"])


class Reader:
    """Follows the guide in an empty folder."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.folder, self.output = home, folder, ""
        self.steps: list[Step] = []
        self.own: list[tuple[str, str]] = []

    def follow(self, block: Block) -> None:
        if block.language == "sh":
            if not block.lead.endswith(NOT_RUN):
                for command in block.text.splitlines():
                    self.run(block.section, command)
        elif block.language == "text":
            missing = [line for line in block.text.splitlines() if line not in self.output]
            assert not missing, (missing, self.output)
        else:
            self.file(block)

    def run(self, section: str, command: str) -> None:
        started = time.perf_counter()
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment(self.home), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        self.output = done.stdout
        self.steps.append(Step(section, command, time.perf_counter() - started))
        refused = "--set conditioner.my_gate.sharpness=0" in command or "--set prior=standard" in command
        assert done.returncode == (2 if refused else 0), (command, done.stdout[-3000:])

    def file(self, block: Block) -> None:
        named = NAMED.search(block.lead)
        assert named, f"no file is named before this block: {block}"
        path = (ROOT if named[1].startswith("docs/") else self.folder) / named[1]
        if named[2] == "holds":
            assert block.text in path.read_text(encoding="utf-8"), named[1]
            return
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if block.section == START:
            changes = difflib.ndiff(before.splitlines(), block.text.splitlines())
            self.own += [
                (named[1], line[2:]) for line in changes if line.startswith("+ ") and line[2:].strip()
            ]
        path.write_text(block.text, encoding="utf-8")


@pytest.fixture
def reader(tmp_path) -> Reader:
    """A reader in an empty folder, with RCM-VAE installed."""
    home, folder = installed(tmp_path / "venv", ROOT), tmp_path / "work"
    pip = home / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\nexec "{home}/bin/python" -m pip "$@"\n')
    pip.chmod(pip.stat().st_mode | stat.S_IXUSR)
    folder.mkdir()
    return Reader(home, folder)


def test_the_guide(reader) -> None:
    """One test, because the steps depend on each other."""
    for block in blocks():
        reader.follow(block)
    every_block_was_used(reader)
    few_commands_and_lines_lead_to_a_conditioner(reader)
    results_name_the_plugin(reader)


def every_block_was_used(reader: Reader) -> None:
    used = list(blocks())
    assert len(used) == GUIDE.read_text(encoding="utf-8").count("\n```") // 2
    commands = [line for block in used if block.language == "sh" for line in block.text.splitlines()]
    not_run = [line for line in commands if line not in [step.command for step in reader.steps]]
    assert [line.split()[0] for line in not_run] == ["python", "twine"]


def few_commands_and_lines_lead_to_a_conditioner(reader: Reader) -> None:
    """As many as the guide says, which also gives their time."""
    steps = [step for step in reader.steps if step.section == START]
    assert {step.command.split(" my")[0] for step in steps} > {
        "rcmvae plugins check conditioner",
        "rcmvae run",
    }
    assert len(steps) <= MAX_COMMANDS
    assert len(reader.own) <= MAX_LINES
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    numbers = re.search(r"(\d+) commands and (\d+) lines of your own\. The commands took (\d+) seconds", text)
    assert numbers
    assert (int(numbers[1]), int(numbers[2])) == (len(steps), len(reader.own)), reader.own
    assert f"{len(reader.own)} lines in them" in text
    # Times differ between machines; the documented one must have the right magnitude.
    assert sum(step.seconds for step in steps) < 10 * int(numbers[3]), steps


def results_name_the_plugin(reader: Reader) -> None:
    (run,) = (reader.folder / "runs").iterdir()
    assert 'distribution = "rcmvae-my-gate"\nversion = "0.1.0"' in (run / "run.lock.toml").read_text()
    assert "rcmvae-my-gate" in (run / "report.html").read_text()
    schema = (reader.folder / ".rcmvae" / "schema.json").read_text()
    assert "Features of a layer compete" in schema
    assert "Factor before the softmax." in schema
