"""Puts Matplotlib's SVGs into a page: smaller, without clashes of ids, and in the colours of the page's scheme."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

from rcmvae_core.report.drawing import INK, MUTED, PAPER, RULE
from rcmvae_core.report.html import Html

_ROLES: Mapping[str, str] = {PAPER: "paper", INK: "ink", MUTED: "muted", RULE: "rule"}
_NAMESPACE = re.compile(r"^\{[^}]*\}")
_URL = re.compile(r"url\(#([^)]+)\)")
_LONG_NUMBER = re.compile(r"(\d+\.\d\d)\d+")
_TRANSLATION = re.compile(r"translate\([^)]*\)")
_SPACE = re.compile(r"\s+")
_COORDINATES = ("d", "x", "y", "points")


class SvgSheet:
    """The shapes that the pictures of a page share, such as letters and markers, each written once."""

    def __init__(self) -> None:
        self._names = dict[str, str]()

    def inline(self, svg: bytes, label: str) -> Html:
        """Return a picture as an `svg` element for the page of this sheet.

        Args:
            svg: as Matplotlib writes it.
            label: what the picture shows, for those who do not see it.
        """
        root = ET.fromstring(svg)  # noqa: S314 - written by Matplotlib in this process
        in_scheme = _has_paper(root)
        names = dict(self._take_definitions(root, in_scheme=in_scheme))
        _tidy(root, names, in_scheme=in_scheme)
        box = root.get("viewBox", "")
        root.attrib.clear()
        root.attrib |= {"class": "plot" if in_scheme else "plot own", "viewBox": box, "role": "img"}
        root.set("aria-label", label)
        return Html(ET.tostring(root, encoding="unicode"))

    def html(self) -> Html:
        """Return the shapes of all pictures so far, in one `svg` element without a size."""
        shapes = (re.sub(r"^<(\w+)", rf'<\1 id="{name}"', shape) for shape, name in self._names.items())
        # Not `display: none`, which would switch off the clip paths in it.
        start = '<svg class="shapes" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
        return Html(f"{start}{''.join(shapes)}</defs></svg>")

    def _take_definitions(self, root: ET.Element, *, in_scheme: bool) -> Iterator[tuple[str, str]]:
        """Remove definitions and metadata from a picture, and yield each id with its name in the sheet."""
        for parent in list(root.iter()):
            for child in list(parent):
                if _local(child.tag) in ("defs", "metadata"):
                    parent.remove(child)
                    for shape in child:
                        if identity := shape.get("id"):
                            _tidy(shape, {}, in_scheme=in_scheme)
                            content = ET.tostring(shape, encoding="unicode")
                            yield identity, self._names.setdefault(content, f"s{len(self._names)}")


def _has_paper(root: ET.Element) -> bool:
    """Return whether the background, which is drawn first, is that of the page."""
    first = next(
        (node for node in root.iter() if _local(node.tag) == "path" and "style" in node.attrib), None
    )
    return first is not None and PAPER in first.attrib["style"]


def _tidy(node: ET.Element, names: Mapping[str, str], *, in_scheme: bool) -> None:
    """Remove what a page does not need, in place.

    Args:
        node: an element of a picture.
        names: the name of each definition in the sheet, by its id.
        in_scheme: whether colours follow the scheme of the page.
    """
    node.tag = _local(node.tag)
    node.attrib = {
        _local(key): _value(_local(key), value, names, in_scheme=in_scheme)
        for key, value in node.items()
        if key != "id"
    }
    node.tail = None
    node.text = None if not (node.text or "").strip() else node.text
    children = list[ET.Element]()
    for child in node:
        _tidy(child, names, in_scheme=in_scheme)
        is_bare = child.tag == "g" and not child.attrib
        children += list(child) if is_bare else [child] if len(child) or child.tag != "g" else []
    node[:] = children


def _value(key: str, value: str, names: Mapping[str, str], *, in_scheme: bool) -> str:
    """Return the value of an attribute.

    Args:
        key: its name.
        value: as Matplotlib writes it.
        names: as of `_tidy`.
        in_scheme: as of `_tidy`.
    """
    if key == "href":
        return f"#{names[value[1:]]}" if value[1:] in names else _SPACE.sub("", value)
    if key in _COORDINATES:
        return _SPACE.sub(" ", _LONG_NUMBER.sub(r"\1", value)).strip()
    if key == "transform":
        return _TRANSLATION.sub(lambda match: _LONG_NUMBER.sub(r"\1", match[0]), value)
    if key == "style":
        value = value.replace(": ", ":").replace("; ", ";")
        for colour, role in _ROLES.items() if in_scheme else ():
            value = value.replace(f":{colour}", f":var(--{role})")
    return _URL.sub(lambda match: f"url(#{names.get(match[1], match[1])})", value)


def _local(name: str) -> str:
    return _NAMESPACE.sub("", name)
