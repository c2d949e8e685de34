"""Describes the interface as an OpenAPI document, made of the table of routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rcmvae_core.explore.server.bodies import BYTES_TYPE, JSON_TYPE
from rcmvae_core.explore.server.fields import Field
from rcmvae_core.explore.server.objects import Maybe, Record
from rcmvae_core.explore.server.replies import COLUMN_TYPE
from rcmvae_core.explore.server.route import Route
from rcmvae_core.version import __version__

VERSION = 1
_ERRORS = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "message", "help"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "help": {"type": "array", "items": {"type": "string"}},
                },
            },
        }
    },
}
_COLUMN_HEADERS = {
    "X-Column-Type": "float32, int32 or uint8, little-endian",
    "X-Column-Shape": "the lengths of its axes, separated by commas",
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document.

    Args:
        routes: the table.

    Returns:
        An OpenAPI 3.1 document.
    """
    paths = dict[str, Any]()
    for route in routes:
        paths.setdefault(f"/{route.path}".replace(":path", ""), {})[route.method.lower()] = _operation(route)
    title = "rcmvae explore"
    about = "Everything the page of `rcmvae explore` does. Send `Authorization: Bearer TOKEN`."
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": f"{VERSION}", "description": about, "x-program": __version__},
        "servers": [{"url": "."}],
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "rcmvae_PORT"},
            },
            "schemas": {"Errors": _ERRORS},
            "responses": {
                "Error": {
                    "description": "what is wrong",
                    "content": {JSON_TYPE: {"schema": {"$ref": "#/components/schemas/Errors"}}},
                }
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [*_parameters("path", route.parts), *_parameters("query", route.query)]
    reply: dict[str, Any] = {"description": route.summary, "content": _content(route.returns)}
    if COLUMN_TYPE in route.returns:
        strings = {"schema": {"type": "string"}}
        reply["headers"] = {name: {"description": text} | strings for name, text in _COLUMN_HEADERS.items()}
    body = {"requestBody": _body(route)} if route.method == "POST" else {}
    return {
        "operationId": operation_id(route),
        "summary": route.summary,
        "parameters": parameters,
        **body,
        "responses": {str(route.status): reply, "default": {"$ref": "#/components/responses/Error"}},
    }


def operation_id(route: Route) -> str:
    """Return a name for a route.

    Example:
        >>> operation_id(Route("GET", "inputs/{i}", "An input.", dict))
        'get_inputs_i'
    """
    path = route.path.replace(":path", "")
    words = "".join(letter if letter.isalnum() else " " for letter in path).split()
    return "_".join([route.method.lower(), *words])


def _parameters(place: str, fields: Mapping[str, Field]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": place, "required": not isinstance(field, Maybe), "schema": _in_text(field)}
        | ({"style": "form", "explode": False} if place == "query" else {})
        for name, field in fields.items()
    ]


def _in_text(field: Field) -> dict[str, Any]:
    """Return the schema of a value in an address, which is never null: it is left out."""
    return (field.field if isinstance(field, Maybe) else field).schema()


def _body(route: Route) -> dict[str, Any]:
    if route.body is None:
        return {"required": True, "content": {BYTES_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
    return {"required": True, "content": {JSON_TYPE: {"schema": Record(route.body).schema()}}}


def _content(returns: str) -> dict[str, Any]:
    """Return the content types of a reply, of which some routes have two."""
    types = {name: {"schema": {"type": "string", "format": "binary"}} for name in returns.split(" or ")}
    return types | ({JSON_TYPE: {"schema": {}}} if JSON_TYPE in types else {})
