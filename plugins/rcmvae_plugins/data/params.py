"""Defines the parameters of data sets, in the order of the data sets' names."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from rcmvae_core.plugin.parameters import Capabilities, param

_WHERE = "relative to the working directory"
_FILES = f"or a pattern of several, such as `x-*`, in the order of their names; {_WHERE}"


def _test_fraction() -> Any:
    doc = "Fraction of each class to hold out for testing; 0.2 if absent, unless test data are named."
    return param(None, doc=doc, ge=0.01, le=0.9)


def _test_seed() -> Any:
    return param(0, doc="Seed of the draw of the test set.", ge=0, lt=2**32)


def _class_names() -> Any:
    doc = "Names of the classes that integer labels number from 0; if absent, each label that occurs is a class."
    return param((), doc=doc)


def _contents(form: Literal["image", "features"], *, labelled: bool) -> Capabilities:
    return Capabilities(provides=(f"data.{form}", *(["data.labels"] if labelled else [])))


def _check_class_names(names: tuple[str, ...], label: str | None, parameter: str) -> None:
    """Raise a ValueError for class names without labels, or for a name that occurs twice.

    Args:
        names: the class names.
        label: the value of the parameter that names the labels.
        parameter: the name of that parameter.
    """
    if names and label is None:
        raise ValueError(f"`class_names` needs `{parameter}`")
    if len(set(names)) < len(names):
        raise ValueError("`class_names` must not contain a name twice")


def _check_test_fraction(fraction: float | None, test: str | None, parameter: str) -> None:
    """Raise a ValueError for a test fraction beside named test data.

    Args:
        fraction: the test fraction.
        test: the value of the parameter that names test data.
        parameter: the name of that parameter.
    """
    if fraction is not None and test is not None:
        raise ValueError(f"`test_fraction` must be absent if `{parameter}` names test data")


@attrs.frozen
class ArrayRecordParams:
    """Parameters of `array_record`."""

    path: str = param(doc=f"File of records, {_FILES}.")
    input: str = param("image", doc="Feature of a record that is its input.")
    label: str | None = param(None, doc="Feature of a record that is its label; without labels if absent.")
    class_names: tuple[str, ...] = _class_names()
    size: tuple[int, int] | None = param(
        None,
        doc="Height and width to which images are resized, in pixels; if absent, an input is a list of numbers.",
        ge=1,
        le=4096,
    )
    mode: Literal["grey", "color"] = param(
        "grey", doc="Decode an image to one channel, or to red, green and blue."
    )
    maximum: float = param(
        1.0, doc="Divisor that scales numbers to [0, 1]; not for images, where it is 255.", gt=0, le=1e30
    )
    test_path: str | None = param(None, doc=f"File of test records, {_FILES}.")
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _check_test_fraction(self.test_fraction, self.test_path, "test_path")
        _check_class_names(self.class_names, self.label, "label")
        if self.size is None and self.mode != "grey":
            raise ValueError("`mode` applies to images, which need `size`")
        if self.size is not None and self.maximum != 1:
            raise ValueError("`maximum` applies to lists of numbers; with `size` an input is an image")

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        return _contents("features" if self.size is None else "image", labelled=self.label is not None)


@attrs.frozen
class ArraysParams:
    """Parameters of `arrays`."""

    form: Literal["image", "features"] = param(
        "image", doc="Whether an input is an image, (H, W, C), or a row of features."
    )
    labelled: bool = param(True, doc="Whether the data set has labels.")

    @property
    def handed_in(self) -> bool:
        """Whether the core takes the data set from its caller."""
        return True

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        return _contents(self.form, labelled=self.labelled)


@attrs.frozen
class DigitsParams:
    """Parameters of `digits`."""

    test_fraction: float = param(0.2, doc="Fraction of each class to hold out for testing.", ge=0.01, le=0.9)
    test_seed: int = _test_seed()


@attrs.frozen
class ImageFolderParams:
    """Parameters of `image_folder`."""

    path: str = param(doc=f"The folder, {_WHERE}.")
    size: tuple[int, int] = param(
        doc="Height and width to which images are resized, in pixels.", ge=1, le=4096
    )
    mode: Literal["grey", "color"] = param("grey", doc="Decode to one channel, or to red, green and blue.")
    labelled: bool = param(
        True, doc="Whether each sub-folder is a class; if not, all images below the folder are used."
    )
    decode: Literal["once", "when used"] = param(
        "once", doc="Decode images into memory at the start, or on each use."
    )
    test_path: str | None = param(None, doc=f"Folder of test images with the same layout, {_WHERE}.")
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _check_test_fraction(self.test_fraction, self.test_path, "test_path")

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        return _contents("image", labelled=self.labelled)


@attrs.frozen
class NpyParams:
    """Parameters of `npy`."""

    inputs: str = param(doc=f"File of inputs, {_FILES}.")
    labels: str | None = param(None, doc=f"File of labels, {_FILES}; without labels if absent.")
    class_names: tuple[str, ...] = _class_names()
    form: Literal["image", "features"] = param(
        "image", doc="Whether an input is an image, (H, W) or (H, W, C), or a row of features."
    )
    maximum: float | None = param(
        None,
        doc="Divisor that scales inputs to [0, 1]; if absent, 255 for bytes and 1 for floats.",
        gt=0,
        le=1e30,
    )
    test_inputs: str | None = param(None, doc=f"File of test inputs, {_FILES}.")
    test_labels: str | None = param(None, doc=f"File of test labels, {_FILES}.")
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _check_test_fraction(self.test_fraction, self.test_inputs, "test_inputs")
        _check_class_names(self.class_names, self.labels, "labels")
        if self.test_labels is not None and (self.labels is None or self.test_inputs is None):
            raise ValueError("`test_labels` needs `labels` and `test_inputs`")

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        return _contents(self.form, labelled=self.labels is not None)


@attrs.frozen
class NpzParams:
    """Parameters of `npz`."""

    path: str = param(doc=f"The .npz file, {_WHERE}.")
    inputs: str = param("x", doc="Name of the array of inputs.")
    labels: str | None = param(None, doc="Name of the array of labels; without labels if absent.")
    form: Literal["image", "features"] = param(
        "image", doc="Whether an input is an image, (H, W) or (H, W, C), or a row of features."
    )
    maximum: float | None = param(
        None,
        doc="Divisor that scales inputs to [0, 1]; if absent, 255 for integers and 1 for floats.",
        gt=0,
        le=1e30,
    )
    test_inputs: str | None = param(None, doc="Name of the array of test inputs.")
    test_labels: str | None = param(None, doc="Name of the array of test labels.")
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _check_test_fraction(self.test_fraction, self.test_inputs, "test_inputs")
        if self.test_labels is not None and (self.labels is None or self.test_inputs is None):
            raise ValueError("`test_labels` needs `labels` and `test_inputs`")

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        return _contents(self.form, labelled=self.labels is not None)


@attrs.frozen
class PublishedParams:
    """Parameters of `mnist` and `fashion_mnist`."""

    path: str | None = param(
        None,
        doc=f"Folder of the four published files, {_WHERE}; if absent, they are searched for, or downloaded.",
    )


@attrs.frozen
class TableParams:
    """Parameters of `table`."""

    path: str = param(doc=f"The CSV file, in UTF-8, with column names in the first row; {_WHERE}.")
    label: str | None = param(None, doc="Name of the column of labels; without labels if absent.")
    ignore: tuple[str, ...] = param((), doc="Names of columns that are not features, such as an identifier.")
    test_path: str | None = param(None, doc=f"CSV file of test rows with the same columns, {_WHERE}.")
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _check_test_fraction(self.test_fraction, self.test_path, "test_path")
        if self.label in self.ignore:
            raise ValueError(f"column `{self.label}` is both `label` and in `ignore`")

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        return _contents("features", labelled=self.label is not None)
