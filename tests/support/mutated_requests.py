"""Makes requests from an OpenAPI document, most of them wrong in one way or more."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e308, 5e-324, "", " ", "\x00", "a\nb", "é", "😀",
    "\u202e", "<script>alert(1)</script>", "'; DROP TABLE item; --", "../../../etc/passwd", "%00", "x" * 5000, [], {}, [[]],
    [None], {"a": 1}, "NaN", "Infinity", "1e999", "٣", "0x10", "1_000", "true", "null", "\ufffe",
)  # fmt: skip
TEXTS = (
    '{"a": NaN}', "{", "[]", "", "null", '"x"', '{"a": 1, "a": 2}', '{"class": 1e999}', '{"class": 1' + "0" * 5000 + "}", "[" * 5000,
    '{"indices":' * 3000, '{"name": "\\ud800"}', '{"name": "\\u0000"}', "\ufeff{}", "{} {}", '{"indices": [Infinity]}',
)  # fmt: skip
TYPES = (
    "text/plain",
    "application/xml",
    "application/json; charset=utf-16",
    "multipart/form-data; boundary=x",
    "",
)
METHODS = ("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "GET", "POST")


class Sent(NamedTuple):
    """A request."""

    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str]


class Maker:
    """Makes requests.

    Args:
        document: of OpenAPI.
        known: good values of parameters and fields by name, beside what the schemas say.
        seed: of the random numbers.
    """

    def __init__(self, document: Mapping[str, Any], known: Mapping[str, list[Any]], seed: int) -> None:
        self._operations = [
            (path, method.upper(), operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        self._known, self._random = known, random.Random(seed)

    def __call__(self) -> Sent:
        """Return the next request."""
        pick = self._random
        path, method, operation = pick.choice(self._operations)
        method = pick.choice(METHODS) if pick.random() < 0.03 else method
        query = list[tuple[str, str]]()
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                text = self._text(self._value(parameter["name"], parameter["schema"]))
                path = path.replace(f"{{{parameter['name']}}}", quote(text, safe="", errors="surrogatepass"))
            elif parameter["required"] or pick.random() < 0.5:
                query.append(
                    (parameter["name"], self._text(self._value(parameter["name"], parameter["schema"])))
                )
        self._spoil(query)
        pairs = "&".join(
            f"{quote(name)}={quote(text, safe=',', errors='surrogatepass')}" for name, text in query
        )
        body, headers = self._body(operation) if method not in ("GET", "HEAD", "TRACE") else (None, {})
        return Sent(method, f"/api/v1{path}" + (f"?{pairs}" if pairs else ""), body, headers)

    def _spoil(self, query: list[tuple[str, str]]) -> None:
        """Add, repeat or leave out a parameter now and then."""
        chance = self._random.random()
        if chance < 0.03:
            query.append(("unknown", "1"))
        elif chance < 0.06 and query:
            query.append(query[0])
        elif chance < 0.09 and query:
            query.pop()

    def _value(self, name: str, schema: Mapping[str, Any]) -> Any:
        pick = self._random
        if pick.random() < 0.1:
            return pick.choice(NASTY)
        if name in self._known and pick.random() < 0.8:
            return pick.choice(self._known[name])
        type_ = schema["type"]
        type_ = pick.choice(type_) if isinstance(type_, list) else type_
        if "enum" in schema:
            return pick.choice(schema["enum"])
        return self._of_type(type_, schema)

    def _of_type(self, type_: str, schema: Mapping[str, Any]) -> Any:
        pick = self._random
        if type_ == "object":
            return self._object(schema)
        if type_ == "array":
            size = pick.choice((0, 1, 1, 2, 3, 10, 300))
            return [self._value("", schema["items"]) for _ in range(size)]
        if type_ == "integer":
            least, most = schema["minimum"], schema["maximum"]
            return pick.choice((least, most, least - 1, most + 1, pick.randint(least, min(most, 20))))
        if type_ == "number":
            least, most = schema.get("minimum", -1e9), schema.get("maximum", 1e9)
            return pick.choice((least, most, pick.uniform(-3, 3), pick.uniform(least, most), 2 * most))
        if type_ == "string":
            return "".join(
                pick.choice("ab<>&\"'é\u0000/.%\ud800") for _ in range(pick.choice((0, 1, 5, 50, 300)))
            )
        return pick.choice((True, False, None))

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        pick = self._random
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        found = {
            name: self._value(name, each)
            for name, each in properties.items()
            if pick.random() < (0.97 if name in required else 0.4)
        }
        if pick.random() < 0.05 or not properties:
            found[pick.choice(("unknown", "", "\ud800", "class "))] = pick.choice(NASTY)
        return found

    def _body(self, operation: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        pick = self._random
        content = operation.get(
            "requestBody", {"content": {"application/json": {"schema": {"type": "object"}}}}
        )["content"]
        type_, media = next(iter(content.items()))
        if type_ == "application/octet-stream":
            body = pick.randbytes(pick.choice((0, 1, 100, 5000)))
            if pick.random() < 0.6:
                body = self._picture()
        elif pick.random() < 0.05:
            body = pick.choice(TEXTS).encode("utf-8", "surrogatepass")
        else:
            # Half surrogates are escaped, so that they arrive.
            body = json.dumps(self._object(media["schema"])).encode()
        if pick.random() < 0.03:
            body = body[: pick.randrange(len(body) + 1)]
        return body, {"Content-Type": pick.choice(TYPES) if pick.random() < 0.03 else type_}

    def _picture(self) -> bytes:
        body = bytearray(self._random.choice(self._known["picture"]))
        for _ in range(self._random.choice((0, 0, 1, 5))):
            body[self._random.randrange(len(body))] = self._random.randrange(256)
        return bytes(body)

    def _text(self, value: Any) -> str:
        """Return how a value is spelled in an address."""
        if isinstance(value, list):
            return ",".join(map(self._text, value))
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)
