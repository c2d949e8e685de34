"""Reads pictures that were dropped on the page, and predicts them; they are kept in memory and labelled nowhere."""

from __future__ import annotations

import math
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, NoReturn

import jax
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps

from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.explore.input_detail import explain, number, numbers, prediction_json, score_values
from rcmvae_core.explore.joined_features import Latents
from rcmvae_core.explore.pictures import from_bytes, has_pictures, write_png
from rcmvae_core.explore.projections import Projected
from rcmvae_core.inference import image_folders
from rcmvae_core.inference.data_files import open_dataset
from rcmvae_core.inference.inputs import to_unit_range
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.protocols import ForwardStats
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.runtime.partial_files import temporary_folder
from rcmvae_core.runtime.printable import printable

MAX_BYTES = 8 * 2**20
"""Of an uploaded file."""
MAX_PIXELS = 16_000_000
"""Of an uploaded picture, by its header."""
MAX_UPLOADS = 64
"""That are kept; the oldest is dropped."""
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
_PREVIEWS = "MPO"
"""A JPEG whose further frames are previews that a camera put there."""
_MAX_NAME = 200
_DIRECT = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
"""Modes that a PNG has too."""
_COLOURS = (1, 3)


class Upload(NamedTuple):
    """A picture that is not in the data set.

    Args:
        id: by which the page names it.
        name: of its file.
        raw: it alone, as the data set would store it.
        picture: it as the model sees it, of 8 bits.
    """

    id: str
    name: str
    raw: np.ndarray
    picture: UInt8[np.ndarray, "H W C"]

    @property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        return write_png(self.picture)


class Uploads:
    """The last pictures that were uploaded, in memory."""

    def __init__(self) -> None:
        self._lock, self._kept, self._count = Lock(), OrderedDict[str, Upload](), 0

    def add(self, content: bytes, name: str, trained: TrainedModel) -> Upload:
        """Read a picture and keep it.

        Args:
            content: of the file.
            name: of the file.
            trained: the model, whose data say how pictures are read.

        Returns:
            The upload.

        Raises:
            RcmvaeError: E489 if it cannot be used.
        """
        name = printable(Path(name.replace("\\", "/")).name)[:_MAX_NAME] or "picture"
        info, run_data = trained.info, trained.resolved.if_available("data")
        with self._lock:  # one picture at a time bounds the memory
            pixels = read_picture(content, name, trained, run_data)
            raw = from_bytes(pixels[None], info)
            self._count += 1
            upload = Upload(str(self._count), name, raw, pixels)
            self._kept[upload.id] = upload
            while len(self._kept) > MAX_UPLOADS:
                self._kept.popitem(last=False)
        return upload

    def get(self, upload_id: str) -> Upload:
        """Return a kept upload.

        Raises:
            RcmvaeError: E485 if it is unknown or was dropped.
        """
        with self._lock:
            upload = self._kept.get(upload_id)
        if upload is None:
            help_ = [f"upload it again: the last {MAX_UPLOADS} are kept"]
            fail("E485", f"there is no uploaded picture `{printable(upload_id)[:_MAX_NAME]}`", help=help_)
        return upload


def why_no_pictures(trained: TrainedModel) -> str | None:
    """Return why no picture can be uploaded for a model; None if one can."""
    info = trained.info
    if info.columns is not None:
        return "the model was trained on rows of a table, and a picture has no such columns"
    shape = info.context.input_shape
    if not has_pictures(info):
        return f"the model was trained on inputs of {math.prod(shape)} numbers, and not on pictures"
    if shape[-1] not in _COLOURS:
        return f"the model was trained on images of {shape[-1]} colour channels, which no picture file has"
    return None


def why_not_label(run_data: ResolvedPart | None) -> str:
    """Return why an upload cannot be labelled, and how it becomes an input that can be.

    Args:
        run_data: the data of the run; None if they cannot be used here.
    """
    reason = "It is not in the data set, and labels belong to inputs of the data set."
    path = getattr(run_data.params, "path", None) if run_data is not None else None
    if run_data is None or run_data.name != image_folders.NAME or path is None:
        return f"{reason} The data of this run are not a folder of pictures that one could be added to."
    return (
        f"{reason} To label it, put its file into the folder `{path}`, start a run on it with `rcmvae run`, and "
        "explore that."
    )


def read_picture(
    content: bytes, name: str, trained: TrainedModel, run_data: ResolvedPart | None
) -> UInt8[np.ndarray, "H W C"]:
    """Read a picture as `rcmvae predict` reads one, in the size and colours of the model.

    Args:
        content: of the file.
        name: of the file, for messages.
        trained: the model.
        run_data: the data of the run: pictures are put on the same background as its own.

    Returns:
        The first frame, rotated by its EXIF orientation.

    Raises:
        RcmvaeError: E489 if the model takes no pictures, or it is no picture, too large or corrupt.
    """
    reason = why_no_pictures(trained)
    if reason is not None:
        fail("E489", reason, help=["predict files with `rcmvae predict`"])
    first = _first_frame(content, name)
    is_folder = run_data is not None and run_data.name == image_folders.NAME
    with temporary_folder() as folder:
        (folder / "picture").with_suffix(f".{first.suffix}").write_bytes(first.content)
        try:
            with open_dataset(folder, trained.info, run_data=run_data if is_folder else None) as dataset:
                return np.asarray(dataset.inputs[np.arange(1)], np.uint8)[0]
        except RcmvaeError as error:
            message = error.diagnostics[0].message.replace(str(folder), name)
            fail("E489", f"`{name}` cannot be read: {message}", help=["save it as a PNG file of 8 bits"])


class _Frame(NamedTuple):
    content: bytes
    suffix: str


def _first_frame(content: bytes, name: str) -> _Frame:
    """Check a picture, and return it with its first frame only.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        RcmvaeError: E489 if it is no picture of one of `FORMATS`, too large or corrupt.
    """
    if len(content) > MAX_BYTES:
        message = f"`{name}` has {len(content):,} bytes, and at most {MAX_BYTES:,} are read"
        fail("E489", message, help=["make it smaller: the model takes small pictures"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        _fail_pixels(name)
    except Exception:  # noqa: BLE001 - a file from anywhere makes Pillow raise nearly anything
        message = f"`{name}` is no picture that can be read"
        fail("E489", message, help=["give a PNG, JPEG, GIF, BMP, WebP or TIFF file"])
    with image:
        if image.width * image.height > MAX_PIXELS:
            _fail_pixels(name)
        try:
            image.load()
            if image.format == _PREVIEWS or not getattr(image, "is_animated", False):
                return _Frame(content, "jpg" if image.format == _PREVIEWS else str(image.format).lower())
            image.seek(0)
            return _Frame(_as_png(ImageOps.exif_transpose(image)), "png")
        except Exception as error:  # noqa: BLE001 - as above
            reason = printable(str(error) or type(error).__name__)
            fail("E489", f"`{name}` cannot be read: {reason}", help=["save it again, as a PNG file"])


def _as_png(image: Image.Image) -> bytes:
    file = BytesIO()
    (image if image.mode in _DIRECT else image.convert("RGB")).save(file, format="PNG", compress_level=1)
    return file.getvalue()


def _fail_pixels(name: str) -> NoReturn:
    message = f"`{name}` has too many pixels: at most {MAX_PIXELS:,} are read"
    fail("E489", message, help=["make it smaller: the model takes small pictures"])


def describe_upload(
    trained: TrainedModel,
    upload: Upload,
    taus: Sequence[Float[np.ndarray, "K Y"]],
    class_ids: Sequence[int] | None = None,
) -> tuple[dict[str, Any], tuple[ForwardStats, ...]]:
    """Predict an uploaded picture.

    Args:
        trained: the model.
        upload: the picture.
        taus: the current τ of each seed.
        class_ids: the id of each column of τ; absent, its number.

    Returns:
        Plain values for JSON, and the statistics of each seed, by which it has its place on a map.
    """
    x, scorer = to_unit_range(upload.raw, trained.info), trained.ood_scorer
    # One input by itself: `forward_stats` would fill it up to a batch of many.
    stats = tuple(jax.device_get([trained.describe(state, x, None) for state in trained.states]))
    prediction = explain([np.asarray(each.responsibilities)[0] for each in stats], taus)
    scores = scorer.scores(stats)
    is_far = trained.info.scaling is not None and bool(trained.info.scaling.outside(upload.raw)[1][0])
    run_data = trained.resolved.if_available("data")
    described = prediction_json(prediction, class_ids) | {
        "id": upload.id,
        "name": upload.name,
        "confidence": number(prediction.probabilities.max(initial=0.0)),
        "scores": score_values(scorer, {name: float(values[0]) for name, values in scores.items()}),
        "ood": is_far or (bool(scores) and bool(scorer.is_ood(scores)[0])),
        "can_label": False,
        "why_not": why_not_label(run_data),
    }
    return described, stats


def position(projected: Projected, inputs: Latents) -> dict[str, Any]:
    """Return the place of an upload, for JSON.

    Args:
        projected: where the inputs of the data set lie.
        inputs: the upload alone.

    Returns:
        Its place on the map of all inputs, its channel, and its place in the plane of that channel; None where there is
        no such plane.
    """
    placed = projected.place(inputs)
    channel = int(placed.channels[0])
    planes = ((projected.map, placed.map[0]), (projected.channels[channel], placed.planes[0]))
    on_map, in_plane = (None if plane.reason else numbers(place) for plane, place in planes)
    return {"map": on_map, "channel": channel, "plane": in_plane}
