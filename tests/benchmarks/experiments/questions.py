"""Names the questions: what is asked, which specs answer it, and what was fixed before they ran."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.report.comparison.compare import Comparison
from tests.benchmarks.experiments import verdicts
from tests.benchmarks.experiments.derived import CALIBRATION, DEAD, IMPORTANCE, SILHOUETTE
from tests.benchmarks.experiments.rules import Finding

FOLDER = Path(__file__).parents[3] / "experiments"


class Question(NamedTuple):
    """A question and its answer's rules.

    Args:
        number: of the experiment.
        title: of its section.
        asked: the question.
        criterion: fixed before the runs.
        specs: below `experiments/`, without the ending; the first is what the others are compared with.
        metrics: of the tables.
        decide: the findings of a comparison.
        limits: what the answer does not show.
        whole: whether it has no answer while one of its runs is missing; else those that there are get one.
    """

    number: str
    title: str
    asked: str
    criterion: str
    specs: tuple[str, ...]
    metrics: tuple[str, ...]
    decide: Callable[[Comparison], list[Finding]]
    limits: str
    whole: bool = True

    def answerable(self, done: Sequence[str]) -> tuple[str, ...]:
        """Return the specs that can be compared; none without the first, or with nothing to compare it with."""
        found = tuple(spec for spec in self.specs if spec in done)
        enough = found == self.specs if self.whole else self.specs[0] in found and len(found) > 1
        return found if enough else ()


_BASE, _SHARED = "01-decentralized/base", "01-decentralized/shared"
_SHAPE = ("metric/ownership_diagonal", "metric/nmi", "metric/effective_channels", DEAD, "test/accuracy")
_COST = ("test/negative_log_likelihood", "test/kl_latent", "metric/nll")
_OF_SIGMA = ("metric/sigma_at_bound",)

QUESTIONS = (
    Question(
        "1",
        "Decentralized against shared",
        "Do channels separate classes more cleanly if each has a latent of its own?",
        "Yes, if the 95% intervals of the paired differences (decentralized minus shared) of the ownership diagonal, of NMI "
        "and of the mean silhouette of channels are all above 0; no, if one is below.",
        (_SHARED, _BASE),
        (*_SHAPE, SILHOUETTE, *_COST),
        verdicts.decentralized,
        "One encoder and one decoder, labels in the objective, and a mean silhouette only over channels with two classes.",
    ),
    Question(
        "2",
        "FiLM against other conditioning",
        "Is FiLM better by the 5% in reconstruction or specialisation that the source claims?",
        "Confirmed, if the interval of the relative gain of reconstruction or of the ownership diagonal is above 5%; refuted, "
        "if both are below; else undecided.",
        (_BASE, *(f"02-conditioning/{name}" for name in ("concat", "cin", "component-aware", "none"))),
        (*_SHAPE, *_COST),
        verdicts.conditioning,
        "The conditioners differ in their number of parameters, and each has the learning rate of FiLM.",
        whole=False,
    ),
    Question(
        "3",
        "The ultimate combination",
        "Is one predicted sigma for each image better than a fixed sigma of 0.1, and than the optimum of each batch?",
        "NLL below that of the fixed head, and below that of the optimal σ (intervals); less than 5% of σ on a bound; the interval of Spearman's correlation of "
        "σ and error above 0; at least 5% of the variance of σ between channels.",
        ("03-ultimate/fixed", "03-ultimate/optimal", "03-ultimate/heteroscedastic"),
        (*_SHAPE, *_COST),
        verdicts.ultimate,
        "NLL is that of a density of grey values, most of which are exactly 0; a fixed σ could be chosen better than "
        "0.1, which makes errors outweigh labels and both KL terms.",
    ),
    Question(
        "3b",
        "The weights of the source",
        "Does the setting of the source (reconstruction 500, KL 5, log σ counted once) work?",
        "It fails, if at least 95% of σ lie on a bound. Counted once, log σ cannot hold against a summed error: any σ below "
        "√(2 error) costs more than it gains.",
        ("03-ultimate/source",),
        (*_OF_SIGMA, *_COST),
        verdicts.source,
        "One run of one seed.",
    ),
    Question(
        "4",
        "Unlocking channels",
        "Does unlocking channels prevent collapse?",
        "Channels collapse if at least one is dead on average without a curriculum. A curriculum prevents that, if the "
        "intervals of the differences say fewer dead channels and a higher K_eff.",
        (_BASE, "04-curriculum/unlock", "04-curriculum/plateau"),
        (*_SHAPE, *_COST),
        verdicts.curriculum,
        "Classes claim channels through their labels, at the start and at each unlock, which prevents collapse too. Without "
        "labels the answer may differ. New channels begin as initialised, without a bias, soft selection or a copy of "
        "another channel.",
        whole=False,
    ),
    Question(
        "5",
        "Heteroscedastic ablation",
        "What does a predicted sigma give: likelihood, calibration, detection of a digit that was held out?",
        "Against one learned σ: interval of NLL below 0; interval of the area under the ROC curve of the score `elbo`, for "
        "digit 9, above 0; less than 5% of σ on a bound; Spearman above 0; squared error per pixel over σ² from 0.8 to 1.25.",
        tuple(f"05-heteroscedastic/{name}" for name in ("plain", "image", "pixel", "beta")),
        ("metric/auroc/elbo", CALIBRATION, *_COST),
        verdicts.heteroscedastic,
        "One held-out digit and one score. A learned σ begins at 0.1 and moves slowly: where its calibration is above 1, it is "
        "not at its optimum yet, which favours the others; experiment 3 has the optimum. For `pixel` and `beta`, σ is the root mean "
        "square over pixels of an image.",
        whole=False,
    ),
    Question(
        "6",
        "VampPrior for likelihood",
        "Is the importance-weighted NLL of a VampPrior lower than that of a standard prior?",
        "Yes, if the interval of the paired difference is below 0. Published: 85.57 (VampPrior) and 89.9 (VAE) with 5,000 "
        "samples.",
        tuple(f"06-vampprior/{name}" for name in ("standard", "vamp", "mixture", "vamp-mixture")),
        (IMPORTANCE, "test/negative_log_likelihood", "test/kl_latent"),
        verdicts.vampprior,
        "The binary digits are another draw than those of the literature, which is not shipped; fewer samples give a higher, "
        "that is worse, NLL; nets are those of the specs.",
        whole=False,
    ),
    Question(
        "7",
        "Centres on a circle",
        "What do fixed centres do? A diagnostic: their neighbourhood is imposed, and shows nothing about the data.",
        "None; the differences from the shared latent without imposed centres are reported.",
        (_SHARED, "07-geometric/circle"),
        (*_SHAPE, *_COST),
        verdicts.geometric,
        "Distances between channels are those of the circle, whatever the data are.",
    ),
)
"""In the order of the page."""
