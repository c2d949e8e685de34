"""Derive the old system's choices from several flags together."""

from __future__ import annotations

from rcmvae_core.migrate.legacy.flag import FlagValues

_NEED_CHANNELS = ("use_tau_classifier", "use_gumbel_softmax", "curriculum_enabled", "learnable_pi")
CONDITIONERS = {"use_film_decoder": "film", "use_component_aware_decoder": "component_aware"}


def channel_flags(flags: FlagValues) -> list[str]:
    """Return the flags that have an effect only with more than one channel."""
    names = [name for name in (*_NEED_CHANNELS, *CONDITIONERS) if flags[name]]
    if flags["decoder_conditioning"] != "none":
        names.append("decoder_conditioning")
    if flags.is_set("num_components") and flags["num_components"] > 1:
        names.append("num_components")
    return names


def prior_type(flags: FlagValues) -> str:
    """Return the prior of the file, or where it has none, the prior that the other flags need."""
    if not flags.is_set("prior_type") and channel_flags(flags):
        return "mixture"
    return flags["prior_type"]


def has_channels(flags: FlagValues) -> bool:
    """Return whether there is more than the one channel of the standard prior."""
    return prior_type(flags) != "standard"


def kl_includes_channel(flags: FlagValues) -> bool:
    """Return whether the KL over z already includes the channel, as with the mixture of a VampPrior."""
    return prior_type(flags) == "vamp" and flags["latent_layout"] == "shared"


def conditioner_flags(flags: FlagValues) -> dict[str, str]:
    """Return the flags that select a conditioner, with its name; `none` counts only where the file has it."""
    selected = {name: conditioner for name, conditioner in CONDITIONERS.items() if flags[name]}
    if flags.is_set("decoder_conditioning"):
        selected["decoder_conditioning"] = flags["decoder_conditioning"]
    return selected


def conditioner(flags: FlagValues) -> str:
    """Return the name of the decoder's conditioner."""
    return next(iter(conditioner_flags(flags).values()), "none")


def routing(flags: FlagValues) -> str:
    """Return the name of the routing, `gumbel` or `soft`."""
    return "gumbel" if flags["use_gumbel_softmax"] and has_channels(flags) else "soft"


def has_channel_term(flags: FlagValues, term: str) -> bool:
    """Return whether `c_regularizer` selects a term: `categorical`, the KL, or `logit_mog`, a mixture on logits."""
    return has_channels(flags) and flags["c_regularizer"] in (term, "both")


def has_kl_channel(flags: FlagValues) -> bool:
    """Return whether there is a KL over channels beside the KL over z."""
    return has_channel_term(flags, "categorical") and not kl_includes_channel(flags)


def predicts_labels(flags: FlagValues) -> bool:
    """Return whether the spec has a classifier: the old one without tau, a head on z, does not exist any more."""
    return bool(flags["use_tau_classifier"])


def linear_schedule(start: float, end: float, epochs: int) -> dict[str, object]:
    """Return a linear schedule as a spec has it.

    Args:
        start: the first value.
        end: the last value.
        epochs: how long it takes.
    """
    return {"linear": {"start": start, "end": end, "over": f"{epochs} epochs"}}
