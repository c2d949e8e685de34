"""Parameters of data sets in files of the user's, or handed in."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import Capabilities, param
from rcmvae_plugins.data.shared_params import (
    WHERE,
    exclude,
    fraction_param,
    seed_param,
    tokens,
)


@attrs.frozen
class NpzParams:
    """`[data.npz]`."""

    path: str = param(doc=f"The .npz file, {WHERE}.")
    inputs: str = param("x", doc="Name of the array of inputs.")
    labels: str | None = param(None, doc="Name of the array of labels; absent, there are none.")
    form: Literal["image", "features"] = param(
        "image", doc="Whether an input is an image, (H, W) or (H, W, C), or a row of features."
    )
    maximum: float | None = param(
        None,
        doc="What inputs are divided by to lie in [0, 1]; absent, 255 for integers and 1 for floats.",
        gt=0,
        le=1e30,
    )
    test_inputs: str | None = param(None, doc="Name of the array of test inputs.")
    test_labels: str | None = param(None, doc="Name of the array of their labels.")
    test_fraction: float | None = fraction_param()
    test_seed: int = seed_param()

    def __attrs_post_init__(self) -> None:
        exclude(self.test_fraction, self.test_inputs, "test_inputs")
        if self.test_labels is not None and (self.labels is None or self.test_inputs is None):
            raise ValueError("`test_labels` needs `labels` and `test_inputs`")

    def capabilities(self) -> Capabilities:
        """What the file is said to hold."""
        return tokens(self.form, labelled=self.labels is not None)


@attrs.frozen
class ImageFolderParams:
    """`[data.image_folder]`."""

    path: str = param(doc=f"The folder, {WHERE}.")
    size: tuple[int, int] = param(
        doc="Height and width that images are resized to, in pixels.", ge=1, le=4096
    )
    mode: Literal["grey", "color"] = param("grey", doc="One channel, or red, green and blue.")
    labelled: bool = param(
        True, doc="Whether each sub-folder is a class; if not, all images below the folder are taken."
    )
    decode: Literal["once", "when used"] = param(
        "once", doc="Whether images are decoded at the start, into memory, or each time that they are used."
    )
    test_path: str | None = param(None, doc=f"A folder of test images, laid out alike, {WHERE}.")
    test_fraction: float | None = fraction_param()
    test_seed: int = seed_param()

    def __attrs_post_init__(self) -> None:
        exclude(self.test_fraction, self.test_path, "test_path")

    def capabilities(self) -> Capabilities:
        """What the folder is said to hold."""
        return tokens("image", labelled=self.labelled)


@attrs.frozen
class TableParams:
    """`[data.table]`."""

    path: str = param(doc=f"The CSV file, in UTF-8, with a row of column names first; {WHERE}.")
    label: str | None = param(None, doc="Name of the column of labels; absent, there are none.")
    ignore: tuple[str, ...] = param((), doc="Names of columns that are no features, such as an identifier.")
    test_path: str | None = param(None, doc=f"A CSV file of test rows, with the same columns, {WHERE}.")
    test_fraction: float | None = fraction_param()
    test_seed: int = seed_param()

    def __attrs_post_init__(self) -> None:
        exclude(self.test_fraction, self.test_path, "test_path")
        if self.label in self.ignore:
            raise ValueError(f"column `{self.label}` is both `label` and among `ignore`")

    def capabilities(self) -> Capabilities:
        """What the file is said to hold."""
        return tokens("features", labelled=self.label is not None)


@attrs.frozen
class ArraysParams:
    """`[data.arrays]`."""

    form: Literal["image", "features"] = param(
        "image", doc="Whether an input is an image, (H, W, C), or a row of features."
    )
    labelled: bool = param(True, doc="Whether the data set has labels.")

    @property
    def handed_in(self) -> bool:
        """That the core takes the data set from its caller."""
        return True

    def capabilities(self) -> Capabilities:
        """What the caller's data set is said to hold."""
        return tokens(self.form, labelled=self.labelled)
