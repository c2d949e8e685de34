"""What several flags mean together: the one place where the old system's choices are understood."""

from __future__ import annotations

from rcmvae_core.migrate.flag import Flags

_ASKS_FOR_CHANNELS = ("use_tau_classifier", "use_gumbel_softmax", "curriculum_enabled", "learnable_pi")
CONDITIONERS = {"use_film_decoder": "film", "use_component_aware_decoder": "component_aware"}


def asks_for_channels(flags: Flags) -> list[str]:
    """The flags that make sense only with more than one channel."""
    found = [name for name in (*_ASKS_FOR_CHANNELS, *CONDITIONERS) if flags[name]]
    if flags["decoder_conditioning"] != "none":
        found.append("decoder_conditioning")
    if flags.gives("num_components") and flags["num_components"] > 1:
        found.append("num_components")
    return found


def prior(flags: Flags) -> str:
    """The prior: as given; where none is, what the other flags need."""
    if not flags.gives("prior_type") and asks_for_channels(flags):
        return "mixture"
    return flags["prior_type"]


def has_channels(flags: Flags) -> bool:
    """Whether there is more than the one channel of the standard prior."""
    return prior(flags) != "standard"


def is_marginal(flags: Flags) -> bool:
    """Whether the KL over z counts the channel already, as against VampPrior's mixture."""
    return prior(flags) == "vamp" and flags["latent_layout"] == "shared"


def asked_conditioners(flags: Flags) -> dict[str, str]:
    """Flags that ask for a conditioner, with its name; `none` counts only where it is written."""
    found = {name: conditioner for name, conditioner in CONDITIONERS.items() if flags[name]}
    if flags.gives("decoder_conditioning"):
        found["decoder_conditioning"] = flags["decoder_conditioning"]
    return found


def conditioner(flags: Flags) -> str:
    """How the decoder sees the channel."""
    return next(iter(asked_conditioners(flags).values()), "none")


def routing(flags: Flags) -> str:
    """Gumbel or soft."""
    return "gumbel" if flags["use_gumbel_softmax"] and has_channels(flags) else "soft"


def regularises(flags: Flags, which: str) -> bool:
    """Whether `c_regularizer` has the KL (`categorical`) or the mixture on logits (`logit_mog`)."""
    return has_channels(flags) and flags["c_regularizer"] in (which, "both")


def annealed(start: float, end: float, epochs: int) -> dict[str, object]:
    """A linear schedule."""
    return {"linear": {"start": start, "end": end, "over": f"{epochs} epochs"}}
