"""A declaration with a token that no kind has, beside a good one."""

from rcmvae_core import Plugin, hookimpl


@hookimpl
def rcmvae_plugins():
    """One bad, one good."""
    yield Plugin(
        "conditioner", "odd", summary="Bad.", impl="guest_bad_token:odd", provides=("decoder.magic",)
    )
    yield Plugin("conditioner", "plain", summary="Good.", impl="rcmvae_plugins.conditioners.none:none")
