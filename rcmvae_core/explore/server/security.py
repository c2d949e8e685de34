"""Lets in who has the token: checks the host, the origin and the token of every request, before any route sees it.

A name in `Host` that is not the server's own is a page that has rebound its DNS name to this machine. An `Origin` other than
the host is a page of another site, or another server on this machine, whose requests carry our cookie. A request without
an `Origin` comes from a script, which has to send the token itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

import attrs
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rcmvae_core.explore.server.errors import REFUSED, UNAUTHORISED, HttpError, refuse, reply_of

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SAFE = ("GET", "HEAD", "OPTIONS")
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; object-src 'none'"
)
_UNAUTHORISED_STATUS = 401
_HELP = "open the URL that `rcmvae explore` printed, or send `Authorization: Bearer TOKEN`"


@attrs.frozen
class Access:
    """Who may use the server.

    Args:
        token: the secret.
        hosts: the names that the server has, in lower case, with their ports; a name without one has any.
        frames: origins that may show the page in a frame, besides its own.
    """

    token: str
    hosts: frozenset[str]
    frames: tuple[str, ...] = ()

    def headers(self, *, in_frame: bool) -> dict[str, str]:
        """Return the headers of a reply.

        Args:
            in_frame: whether the request has its token in the path, as only a page has that was given it. Another page of
                this machine could otherwise show ours, with its cookie, below what it lets a person click.
        """
        frames = " ".join(["'self'", *(self.frames if in_frame else ())])
        policy = f"{_POLICY}; frame-ancestors {frames}"
        return {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    def check_host(self, host: str) -> None:
        """Refuse a `Host` that is not the server's own."""
        host = host.lower()
        if host not in self.hosts and _without_port(host) not in self.hosts:
            raise refuse(
                REFUSED,
                "the `Host` of the request is not this server's",
                help_=["add it by --allow-host NAME"],
            )

    def check_origin(self, origin: str | None, host: str, *, has_bearer: bool) -> None:
        """Refuse the request of a page from elsewhere.

        Args:
            origin: its header; None without one.
            host: its header.
            has_bearer: whether the request has sent the token itself, as no page of another site can.
        """
        if origin is None and has_bearer:
            return
        if origin is None or not _is_of_host(origin.lower(), host.lower()):
            raise refuse(REFUSED, "the `Origin` of the request is not this server's page", help_=[_HELP])

    def is_token(self, text: str) -> bool:
        """Return whether a string is the token, in a time that says nothing about it."""
        return hmac.compare_digest(text.encode("utf-8", "replace"), self.token.encode())


class Guard:
    """Wraps an application: nothing reaches it that `Access` does not let in.

    Args:
        app: the application.
        access: who may use it.
    """

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, and pass it on or reply to it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope, in_path = self._token_in_path(scope)
        reply = self._refusal(scope, headers, in_path)
        if reply is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await (reply or self._app)(scope, receive, self._with_headers(send, in_frame=bool(in_path)))

    def _token_in_path(self, scope: Scope) -> tuple[Scope, str]:
        """Take the token from the first part of the path, where a page in a frame has it.

        Browsers keep cookies from a frame within a page of another site, such as a notebook.

        Returns:
            The scope below that part, and the token; the same scope and nothing if it does not begin with the token, or no
            other page may show this one.
        """
        root = scope.get("root_path", "")
        first = scope["path"].removeprefix(root).lstrip("/").partition("/")[0]
        if not self._access.frames or not first or not self._access.is_token(first):
            return scope, ""
        return {**scope, "root_path": f"{root}/{first}"}, first

    def _refusal(self, scope: Scope, headers: Headers, in_path: str) -> Response | None:
        """Return the reply to a request that is not let in.

        Args:
            scope: of the request.
            headers: of the request.
            in_path: the token of its path, if it has one.

        Returns:
            The reply; None if it is let in.
        """
        access, host = self._access, headers.get("host", "")
        bearer = headers.get("authorization", "").partition("Bearer ")[2].strip()
        try:
            access.check_host(host)
            if scope["type"] == "websocket" or scope["method"] not in _SAFE:
                has_bearer = bool(bearer) and access.is_token(bearer)
                access.check_origin(headers.get("origin"), host, has_bearer=has_bearer)
            return self._check_token(scope, bearer or in_path or _cookie(scope, headers))
        except HttpError as error:
            if error.status == _UNAUTHORISED_STATUS and _is_page(headers):
                return _sign_in(headers)
            return reply_of(error)

    def _check_token(self, scope: Scope, sent: str) -> Response | None:
        """Check the token of a request; one in the address of the page becomes a cookie.

        Args:
            scope: of the request.
            sent: the token of its header or cookie.

        Returns:
            The redirect that drops the token from the address; None if there is none.
        """
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in query if name == "token"]
        if scope["type"] == "http" and scope["method"] in _SAFE and tokens and _is_page_path(scope):
            if not self._access.is_token(tokens[-1]):
                raise refuse(UNAUTHORISED, "the token in the address is not this server's", help_=[_HELP])
            rest = urlencode([each for each in query if each[0] != "token"])
            # Relative, so that it holds behind a proxy that serves the page under a prefix.
            location = f"./?{rest}" if rest else "./"
            reply = Response(status_code=303, headers={"Location": location, "Cache-Control": "no-store"})
            reply.headers.append("Set-Cookie", self._set_cookie(scope))
            return reply
        if not sent or not self._access.is_token(sent):
            raise refuse(UNAUTHORISED, "the request has no token of this server", help_=[_HELP])
        return None

    def _set_cookie(self, scope: Scope) -> str:
        """Return the cookie; without a path it holds below the page's own, whatever prefix a proxy gives it."""
        return f"{_cookie_name(scope)}={self._access.token}; HttpOnly; SameSite=Strict"

    def _with_headers(self, send: Send, *, in_frame: bool) -> Send:
        """Return a `send` that adds the headers of every reply."""
        own = self._access.headers(in_frame=in_frame)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(own)
            await send(message)

        return sending


def own_hosts(names: Collection[str], port: int) -> frozenset[str]:
    """Return the names of a server with its port, as browsers write them into `Host`.

    Args:
        names: of the server, besides those of loopback; one with a port keeps it, one without may have any.
        port: that it listens to.

    Returns:
        The names for `Access`.

    Example:
        >>> sorted(own_hosts(["box:80"], 8765))
        ['127.0.0.1:8765', '[::1]:8765', 'box:80', 'localhost:8765']
    """
    return frozenset([*(f"{name}:{port}" for name in LOOPBACK), *(name.lower() for name in names)])


def _is_page_path(scope: Scope) -> bool:
    return scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")


def _cookie_name(scope: Scope) -> str:
    """Return the name of the cookie: servers on other ports of a machine share its cookies."""
    return f"rcmvae_{(scope.get('server') or ('', 0))[1]}"


def _cookie(scope: Scope, headers: Headers) -> str:
    """Return the token of the cookie; an empty string without one."""
    return cookie_parser(headers.get("cookie", "")).get(_cookie_name(scope), "")


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _is_of_host(origin: str, host: str) -> bool:
    """Return whether an origin is that of a host; neither writes the port that its scheme implies."""
    scheme, _, netloc = origin.partition("://")
    port = {"http": ":80", "https": ":443"}.get(scheme)
    return port is not None and netloc.removesuffix(port) == host.removesuffix(port)


def _is_page(headers: Headers) -> bool:
    """Return whether a person's browser opens a page, and does not fetch for one."""
    return "text/html" in headers.get("accept", "")


def _sign_in(headers: Headers) -> Response:
    """Return the page for a person whose browser has sent no token.

    After a link from another site a browser leaves out a strict cookie, even from the redirect; it sends it when this page
    loads itself again.
    """
    text = f"This page needs the token of its server: {_HELP}.\n"
    again = {"Refresh": "0"} if headers.get("sec-fetch-site") == "cross-site" else {}
    return PlainTextResponse(text, _UNAUTHORISED_STATUS, headers={"Cache-Control": "no-store"} | again)
