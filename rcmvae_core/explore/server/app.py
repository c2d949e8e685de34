"""Makes the application that serves a workspace."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from functools import partial

from starlette.applications import Starlette

from rcmvae_core.explore.server.assembly import assemble
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.routes import ROUTES
from rcmvae_core.explore.server.security import Access
from rcmvae_core.explore.server.warming import warming
from rcmvae_core.explore.workspace import Workspace
from rcmvae_core.version import __version__


def build_app(
    workspace: Workspace,
    *,
    token: str,
    hosts: Collection[str],
    read_only: bool = False,
    frames: Sequence[str] = (),
    warm: bool = True,
) -> Starlette:
    """Return the application that serves a workspace.

    Args:
        workspace: what is explored; it is not closed with the application.
        token: what every request has to know.
        hosts: the names that the server has, as `rcmvae_core.explore.server.security.own_hosts` returns them.
        read_only: refuse every write.
        frames: origins that may show the page in a frame, besides its own.
        warm: compile programs before somebody waits for them.

    Returns:
        The application.
    """
    access = Access(token, frozenset(hosts), tuple(frames))
    page = {"name": workspace.models().trained.name, "version": __version__}
    context = Context(workspace, read_only=read_only)
    workspace.listen(context.live.send)
    alongside = partial(warming, context) if warm else nullcontext
    poll = workspace.labels.poll
    return assemble(ROUTES, context, access, page, live=context.live, poll=poll, alongside=alongside)
