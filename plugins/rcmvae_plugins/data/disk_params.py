"""Parameters of data sets that are made to stay on disk."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import Capabilities, param
from rcmvae_plugins.data.shared_params import (
    FILES,
    check_class_names,
    class_names_param,
    exclude,
    fraction_param,
    seed_param,
    tokens,
)


@attrs.frozen
class NpyParams:
    """`[data.npy]`."""

    inputs: str = param(doc=f"The file of inputs, {FILES}.")
    labels: str | None = param(None, doc=f"The file of labels, {FILES}; absent, there are none.")
    class_names: tuple[str, ...] = class_names_param()
    form: Literal["image", "features"] = param(
        "image", doc="Whether an input is an image, (H, W) or (H, W, C), or a row of features."
    )
    maximum: float | None = param(
        None,
        doc="What inputs are divided by to lie in [0, 1]; absent, 255 for bytes and 1 for floats.",
        gt=0,
        le=1e30,
    )
    test_inputs: str | None = param(None, doc=f"The file of test inputs, {FILES}.")
    test_labels: str | None = param(None, doc=f"The file of their labels, {FILES}.")
    test_fraction: float | None = fraction_param()
    test_seed: int = seed_param()

    def __attrs_post_init__(self) -> None:
        exclude(self.test_fraction, self.test_inputs, "test_inputs")
        check_class_names(self.class_names, self.labels, "labels")
        if self.test_labels is not None and (self.labels is None or self.test_inputs is None):
            raise ValueError("`test_labels` needs `labels` and `test_inputs`")

    def capabilities(self) -> Capabilities:
        """What the files are said to hold."""
        return tokens(self.form, labelled=self.labels is not None)


@attrs.frozen
class ArrayRecordParams:
    """`[data.array_record]`."""

    path: str = param(doc=f"The file of records, {FILES}.")
    input: str = param("image", doc="The feature of a record that is its input.")
    label: str | None = param(None, doc="The feature that is its label; absent, there are none.")
    class_names: tuple[str, ...] = class_names_param()
    size: tuple[int, int] | None = param(
        None,
        doc="Height and width that images are resized to, in pixels; absent, an input is a row of numbers.",
        ge=1,
        le=4096,
    )
    mode: Literal["grey", "color"] = param("grey", doc="One channel of an image, or red, green and blue.")
    maximum: float = param(
        1.0, doc="What numbers are divided by to lie in [0, 1]; images know theirs.", gt=0, le=1e30
    )
    test_path: str | None = param(None, doc=f"The file of test records, {FILES}.")
    test_fraction: float | None = fraction_param()
    test_seed: int = seed_param()

    def __attrs_post_init__(self) -> None:
        exclude(self.test_fraction, self.test_path, "test_path")
        check_class_names(self.class_names, self.label, "label")
        if self.size is None and self.mode != "grey":
            raise ValueError("`mode` is of images, which need `size`")
        if self.size is not None and self.maximum != 1:
            raise ValueError("`maximum` is of rows of numbers; with `size` an input is an image")

    def capabilities(self) -> Capabilities:
        """What the records are said to hold."""
        return tokens("features" if self.size is None else "image", labelled=self.label is not None)
