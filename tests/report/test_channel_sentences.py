"""What a run says of the number of its channels."""

from __future__ import annotations

import attrs
import pytest

from rcmvae_core.report.channel_sentences import channel_sentences
from rcmvae_core.report.page import render
from rcmvae_core.rundir.channel_records import ChannelCountSummary
from rcmvae_core.runtime.records import structure
from tests.report.page_cases import RUN, SUMMARY, Page


def removal(channel, step, change, error=0.1):
    return {"channel": channel, "step": step, "change": change, "error": error}


def split(channel, *, helps):
    numbers = {"inputs": 90, "gain": 0.58, "error": 0.03, "separated": 1.0, "part": 0.4}
    return {"channel": channel, "helps": helps, **numbers}


def entry(**changes):
    values = {"used": 9, "channels": 10, "inputs": 200, "source": "validation", "tolerance": 0.5}
    return values | {"dispensable": 0, "removals": [], "splits": []} | changes


def said(*entries):
    return channel_sentences({"seeds": [{"seed": n, "channels": each} for n, each in enumerate(entries)]})


LAST = removal(4, -7.25, -7.55, 0.5)


@pytest.mark.parametrize(
    ("changes", "fewer"),
    [
        (
            {"removals": [LAST]},
            "fewer: all are needed: without the least used (4) the ELBO would change by -7.55 ± 0.50 nats per input",
        ),
        (
            {"removals": [removal(3, -0.1, -0.1), LAST], "dispensable": 1},
            "fewer: 1 could go: without the least used (3) the ELBO would change by -0.10 ± 0.10 nats per input",
        ),
        (
            {"removals": [removal(3, -0.1, -0.1), removal(0, 0.3, 0.2), LAST], "dispensable": 2},
            "fewer: 2 could go: without the 2 least used (3, 0) the ELBO would change by +0.20 ± 0.10 nats per input",
        ),
    ],
)
def test_fewer(changes, fewer):
    none = "more: no channel holds two groups of inputs"
    assert said(entry(**changes)) == ["9 of 10 channels are in use", fewer, none]


def test_more():
    one = said(entry(splits=[split(2, helps=True), split(5, helps=False)]))
    assert one[-1] == "more: would help: channel 2 (gain 0.58 ± 0.03 nats) holds two groups of inputs"
    both = said(entry(splits=[split(2, helps=True), split(5, helps=True)]))[-1]
    assert both.startswith("more: would help: channels 2 (gain 0.58 ± 0.03 nats), 5 (gain")
    assert both.endswith("each hold two groups of inputs")


def test_several_seeds_are_named_and_an_earlier_version_says_nothing():
    assert said(entry(), entry(used=1))[2] == "seed 1: 1 of 10 channels is in use"
    assert said(entry())[0] == "9 of 10 channels are in use"
    assert channel_sentences({"seeds": [{"seed": 0}]}) == []


def test_the_report_has_them_in_a_list():
    seeds = [seed | {"channels": entry(removals=[LAST])} for seed in SUMMARY["seeds"]]
    page = Page(render(attrs.evolve(RUN, summary=SUMMARY | {"seeds": seeds}), []))
    assert "The number of channels" in page.text("summary")
    assert "seed 2: 9 of 10 channels are in use." in page.text("li")


def test_the_record_has_every_key():
    values = entry(removals=[LAST], splits=[split(2, helps=True)])
    assert attrs.asdict(structure(values, ChannelCountSummary)) == values | {
        "removals": (LAST,),
        "splits": (split(2, helps=True),),
    }
