"""How many labels teach a model through the explore page, against `rcmvae active`; run by name, as it takes long.

`python -m tests.benchmarks.teaching digits|mnist [SEED]`: a program plays a person. It trains without labels, asks the page's queue
for suggestions by `typical`, gives each its true class, and trains on, until the accuracy on test data is 0.95.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import numpy as np
import tomli_w

TARGET = 0.95
_EXPERIMENTS = Path(__file__).parents[2] / "experiments"
_COMMAND = (sys.executable, "-m", "rcmvae_core")


class Course(NamedTuple):
    """What is taught, and how.

    Args:
        spec: the experiment, which is first trained without its labels.
        batch: inputs that are labelled before the model is trained again.
        batches: after which the teacher gives up.
        epochs: of each training.
        settings: of the spec.
    """

    spec: str
    batch: int
    batches: int
    epochs: int
    settings: tuple[str, ...]


COURSES = {
    "digits": Course("digits-100", 10, 10, 200, ()),
    "mnist": Course(
        "mnist-100",
        5,
        8,
        6,
        ('train.optimizer.adam.learning_rate.cosine={start=1e-3, end=1e-4, over="7 epochs"}',),
    ),
}


class Page:
    """A client of the page's HTTP interface.

    Args:
        url: with the token, as `rcmvae explore` prints it.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        token = parse_qs(parts.query)["token"][0]
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(
            base_url=f"{parts.scheme}://{parts.netloc}/api/v1/", headers=headers, timeout=600
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET."""
        return self._checked(self._http.get(path, params=query)).json()

    def post(self, path: str, **body: Any) -> Any:
        """Return the JSON of a POST."""
        return self._checked(self._http.post(path, json=body)).json()

    def column(self, path: str, **query: Any) -> np.ndarray:
        """Return a binary column."""
        reply = self._checked(self._http.get(path, params=query))
        return np.frombuffer(reply.content, np.dtype(reply.headers["X-Column-Type"]))

    def _checked(self, reply: httpx.Response) -> httpx.Response:
        if reply.is_error:
            raise SystemExit(f"{reply.request.method} {reply.request.url}: {reply.status_code} {reply.text}")
        return reply


@contextmanager
def explored(run: Path) -> Iterator[Page]:
    """Serve the page of a run while the block runs."""
    command = [*_COMMAND, "explore", str(run), "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = next(word for line in process.stdout for word in line.split() if "token=" in word)
            yield Page(url)
        finally:
            process.terminate()


def teach(page: Page, course: Course) -> tuple[int, float]:
    """Label and train until the model is accurate enough.

    Returns:
        The number of labels, and the accuracy that they gave.
    """
    targets = page.column("models/0/columns/target")
    labels = 0
    for number in range(course.batches):
        asked = page.post("queue", acquisition="typical", parameters={}, count=course.batch, seed=number)
        for entry in asked["entries"]:
            index = entry["index"]
            label = {
                "class": int(targets[index]),
                "how": "suggestion",
                "score": "typical",
                "request_id": f"{number}-{index}",
            }
            labels += page.post("labels", indices=[index], **label)["items"]
        page.post("training", epochs=course.epochs, warm_start=False)
        accuracy = _wait(page)
        print(f"  {labels} labels: {accuracy:.3f}", flush=True)
        if accuracy >= TARGET:
            break
    return labels, accuracy


def _wait(page: Page) -> float:
    """Wait for the end of training, and return the accuracy of the new model on test data."""
    while (training := page.get("training"))["state"] == "running":
        time.sleep(0.5)
    if training["state"] != "done":
        raise SystemExit(f"training {training['state']}: {training['errors']}")
    session = page.get("session")
    summary = page.get(f"models/{session['model']}/summary", labels=session["label_revision"])
    return summary["target"]["accuracy"]


def without_labels(course: Course, folder: Path) -> Path:
    """Write the spec of the course without labels and what needs them, and return its path."""
    spec = _spec(course)
    spec["data"]["labels_per_class"] = 0
    del spec["classifier"], spec["loss"]["labels"]
    return _write(spec, folder / "unlabelled.toml")


def as_learned(course: Course, folder: Path) -> Path:
    """Write the spec of the course with the classifier and the loss that `rcmvae learn` adds, and return its path."""
    spec = _spec(course)
    spec["classifier"] = {"tau": {}}
    spec["loss"]["labels"] = {"supervised": {}, "weight": 20.0}
    return _write(spec, folder / "learned.toml")


def _spec(course: Course) -> dict[str, Any]:
    return tomllib.loads((_EXPERIMENTS / f"{course.spec}.toml").read_text(encoding="utf-8"))


def _write(spec: dict[str, Any], path: Path) -> Path:
    path.write_text(tomli_w.dumps(spec), encoding="utf-8")
    return path


def simulated(course: Course, folder: Path) -> float | None:
    """Return how many labels `rcmvae active` needs with the same spec, batches and epochs."""
    batches = ["--batch-size", str(course.batch), "--rounds", str(course.batches)]
    epochs = ["--first-epochs", str(course.epochs), "--epochs", str(course.epochs)]
    words = ["--by", "typical", "--start", "0", *batches, *epochs, "--target", str(TARGET)]
    out = folder / "active"
    command = [*_COMMAND, "active", str(as_learned(course, folder)), *words, *_set(course), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    results = json.loads((out / "active.json").read_text(encoding="utf-8"))
    return results["acquisitions"]["typical"]["needed"]


def _set(course: Course) -> list[str]:
    return [word for setting in course.settings for word in ("--set", setting)]


def main(name: str, seed: str = "0") -> None:
    """Teach, simulate, and print what each needed.

    Args:
        name: of the course.
        seed: of the models.
    """
    course = COURSES[name]
    course = course._replace(settings=(*course.settings, f"seeds=[{seed}]"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        run = folder / "run"
        spec = without_labels(course, folder)
        started = time.perf_counter()
        words = ["--set", f"train.epochs={course.epochs}", *_set(course)]
        subprocess.run([*_COMMAND, "run", str(spec), "--out", str(run), *words], check=True)
        with explored(run) as page:
            labels, accuracy = teach(page, course)
        seconds = time.perf_counter() - started
        print(f"page: {labels} labels for {accuracy:.3f}, {seconds:.0f} s from the first step")
        print(f"rcmvae active: {simulated(course, folder)} labels for {TARGET}")


if __name__ == "__main__":
    main(*sys.argv[1:])
