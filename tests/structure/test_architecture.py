"""The picture of the rooms is drawn from the imports as they are."""

from __future__ import annotations

import os
import re

from tests.support.architecture import picture, room_edges, table
from tests.support.imports import ROOMS, ROOT

PAGE = ROOT / "docs" / "architecture.md"
BLOCK = re.compile(r"(<!-- rooms: .*? -->\n).*?(<!-- end of rooms -->)", re.DOTALL)


def test_the_picture_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    drawn = f"\n```mermaid\n{picture()}\n```\n\n{table()}\n\n"
    current = BLOCK.sub(lambda match: match[1] + drawn + match[2], text)
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        PAGE.write_text(current, encoding="utf-8")
        text = current
    assert drawn in text
    assert text == current, (
        "RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/structure/test_architecture.py writes it"
    )


def test_every_arrow_leads_down() -> None:
    assert all(
        ROOMS.index(there) < ROOMS.index(here) for here, found in room_edges().items() for there in found
    )
