"""Lists every route of the interface, and serves the document that describes them."""

from __future__ import annotations

from typing import Any

from rcmvae_core.explore.server import (
    routes_decode,
    routes_inputs,
    routes_labels,
    routes_models,
    routes_queue,
    routes_session,
    routes_training,
    routes_uploads,
)
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.openapi import document
from rcmvae_core.explore.server.route import Route, get


def _document(_: Context) -> dict[str, Any]:
    return document(ROUTES)


ROUTES: tuple[Route, ...] = (
    get("openapi.json", "This interface, as an OpenAPI document.", _document),
    *routes_session.ROUTES,
    *routes_inputs.ROUTES,
    *routes_decode.ROUTES,
    *routes_models.ROUTES,
    *routes_labels.ROUTES,
    *routes_queue.ROUTES,
    *routes_training.ROUTES,
    *routes_uploads.ROUTES,
)
"""In the order in which paths are matched."""
