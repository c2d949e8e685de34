"""Parameters of data sets."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from rcmvae_core.params import Capabilities, param

_WHERE = "relative to the working folder"


def _test_fraction() -> Any:
    doc = "Share of each class kept for the test; absent, 0.2 where no test data are named."
    return param(None, doc=doc, ge=0.01, le=0.9)


def _test_seed() -> Any:
    return param(0, doc="Seed of the draw of the test set.", ge=0, lt=2**32)


def _tokens(form: Literal["image", "features"], *, labelled: bool) -> Capabilities:
    return Capabilities(provides=(f"data.{form}", *(["data.labels"] if labelled else [])))


def _exclude(fraction: float | None, test: str | None, name: str) -> None:
    if fraction is not None and test is not None:
        raise ValueError(f"`{name}` names the test data, so that `test_fraction` has no meaning")


@attrs.frozen
class DigitsParams:
    """`[data.digits]`."""

    test_fraction: float = param(0.2, doc="Share of each class kept for the test.", ge=0.01, le=0.9)
    test_seed: int = _test_seed()


@attrs.frozen
class PublishedParams:
    """`[data.mnist]` and `[data.fashion_mnist]`."""

    path: str | None = param(
        None,
        doc=f"Folder of the four published files, {_WHERE}; absent, they are looked for, else downloaded.",
    )


@attrs.frozen
class NpzParams:
    """`[data.npz]`."""

    path: str = param(doc=f"The .npz file, {_WHERE}.")
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
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _exclude(self.test_fraction, self.test_inputs, "test_inputs")
        if self.test_labels is not None and (self.labels is None or self.test_inputs is None):
            raise ValueError("`test_labels` needs `labels` and `test_inputs`")

    def capabilities(self) -> Capabilities:
        """What the file is said to hold."""
        return _tokens(self.form, labelled=self.labels is not None)


@attrs.frozen
class ImageFolderParams:
    """`[data.image_folder]`."""

    path: str = param(doc=f"The folder, {_WHERE}.")
    size: tuple[int, int] = param(
        doc="Height and width that images are resized to, in pixels.", ge=1, le=4096
    )
    mode: Literal["grey", "color"] = param("grey", doc="One channel, or red, green and blue.")
    labelled: bool = param(
        True, doc="Whether each sub-folder is a class; if not, all images below the folder are taken."
    )
    test_path: str | None = param(None, doc=f"A folder of test images, laid out alike, {_WHERE}.")
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _exclude(self.test_fraction, self.test_path, "test_path")

    def capabilities(self) -> Capabilities:
        """What the folder is said to hold."""
        return _tokens("image", labelled=self.labelled)


@attrs.frozen
class TableParams:
    """`[data.table]`."""

    path: str = param(doc=f"The CSV file, in UTF-8, with a row of column names first; {_WHERE}.")
    label: str | None = param(None, doc="Name of the column of labels; absent, there are none.")
    ignore: tuple[str, ...] = param((), doc="Names of columns that are no features, such as an identifier.")
    test_path: str | None = param(None, doc=f"A CSV file of test rows, with the same columns, {_WHERE}.")
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _exclude(self.test_fraction, self.test_path, "test_path")
        if self.label in self.ignore:
            raise ValueError(f"column `{self.label}` is both `label` and among `ignore`")

    def capabilities(self) -> Capabilities:
        """What the file is said to hold."""
        return _tokens("features", labelled=self.label is not None)


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
        return _tokens(self.form, labelled=self.labelled)
