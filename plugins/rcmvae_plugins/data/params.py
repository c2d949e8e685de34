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


def _unlabelled() -> Any:
    doc = "Labels that mean that there is none; if absent, -1, NaN, None, empty texts, NA and ?."
    return param(None, doc=doc)


def _class_names() -> Any:
    doc = "Names of the classes that integer labels number from 0; if absent, each label that occurs is a class."
    return param((), doc=doc)


def _form() -> Any:
    doc = "Whether an input is an image, (H, W) or (H, W, C), or a row of features."
    return param("image", doc=doc)


def _channels() -> Any:
    doc = "Where images have their channels: [N, C, H, W] or [N, H, W, C]; absent, last, unless it could be both."
    return param(None, doc=doc)


def _maximum() -> Any:
    doc = "Divisor that scales inputs to [0, 1]; if absent, 255 or 65,535 for integers of 8 or 16 bits, 1 for floats."
    return param(None, doc=doc, gt=0, le=1e30)


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

    path: str = param(doc=f"File of records, {_FILES}.", path=True)
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
    test_path: str | None = param(None, doc=f"File of test records, {_FILES}.", path=True)
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

    path: str = param(doc=f"The folder, {_WHERE}.", path=True)
    size: tuple[int, int] | None = param(
        None,
        doc="Height and width to which images are resized, in pixels; if absent, the medians of the training images, at most 64.",
        ge=1,
        le=4096,
    )
    mode: Literal["auto", "grey", "color"] = param(
        "auto",
        doc="Decode to one channel, or to red, green and blue; `auto` is `color` if a tenth of the training images has colour.",
    )
    labelled: bool = param(
        True, doc="Whether images have labels; if not, all images below the folder are used."
    )
    labels: str | None = param(
        None,
        doc="File of labels, relative to the folder: CSV with columns `file,label`, or JSON; if absent, each sub-folder is a class.",
    )
    unlabelled: tuple[str, ...] | None = param(
        None,
        doc="Labels, or names of sub-folders, that mean that there is no label; if absent, `unlabelled`, `unlabeled`, -1, NaN, None, empty texts, NA and ?.",
    )
    split: Literal["auto", "folders", "none"] = param(
        "auto",
        doc="Whether sub-folders such as `train`, `val` and `test` split the images and contain the classes; `auto` is `folders` if all sub-folders have such names.",
    )
    background: Literal["auto", "white", "black"] = param(
        "auto",
        doc="What transparent pixels show; `auto` is white, and black for an image whose visible pixels are light.",
    )
    maximum: int = param(
        65535, doc="Value of a pixel of 16 bits that is white, such as 4095 for 12 bits.", ge=1, le=65535
    )
    frames: Literal["first", "error"] = param(
        "first", doc="Use the first frame of animations and of files with several pages, or stop."
    )
    on_error: Literal["skip", "stop"] = param(
        "skip", doc="Leave out files that cannot be read, and list them; or stop."
    )
    decode: Literal["once", "when used"] = param(
        "once", doc="Decode images into memory at the start, or on each use."
    )
    test_path: str | None = param(
        None, doc=f"Folder of test images with the same layout, {_WHERE}.", path=True
    )
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _check_test_fraction(self.test_fraction, self.test_path, "test_path")
        if self.labels is not None and not self.labelled:
            raise ValueError("`labels` needs `labelled = true`")
        if self.labels is not None and self.test_path is not None:
            raise ValueError("`labels` excludes `test_path`: put the test images into the folder `test`")
        if self.test_path is not None and self.split == "folders":
            raise ValueError('`split = "folders"` excludes `test_path`')

    @property
    def chosen_shape(self) -> tuple[int, ...] | None:
        """The shape of an input; None if size or mode are to be chosen by the data."""
        if self.size is None or self.mode == "auto":
            return None
        return (*self.size, 3 if self.mode == "color" else 1)

    def with_choices(self, input_shape: tuple[int, ...]) -> ImageFolderParams:
        """Return the parameters with the size and the mode that were chosen by the data, unless they are given.

        Args:
            input_shape: height, width and channels of an input.
        """
        height, width, channels = input_shape
        mode = "color" if channels == 3 else "grey"  # noqa: PLR2004 - red, green and blue
        return attrs.evolve(
            self, size=self.size or (height, width), mode=mode if self.mode == "auto" else self.mode
        )

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        return _contents("image", labelled=self.labelled)


@attrs.frozen
class NpyParams:
    """Parameters of `npy`."""

    inputs: str = param(doc=f"File of inputs, {_FILES}.", path=True)
    labels: str | None = param(None, doc=f"File of labels, {_FILES}; without labels if absent.", path=True)
    class_names: tuple[str, ...] = _class_names()
    form: Literal["image", "features"] = _form()
    channels: Literal["first", "last"] | None = _channels()
    maximum: float | None = _maximum()
    test_inputs: str | None = param(None, doc=f"File of test inputs, {_FILES}.", path=True)
    test_labels: str | None = param(None, doc=f"File of test labels, {_FILES}.", path=True)
    unlabelled: tuple[str, ...] | None = _unlabelled()
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

    path: str = param(doc=f"The .npz file, {_WHERE}.", path=True)
    inputs: str = param("x", doc="Name of the array of inputs.")
    labels: str | None = param(None, doc="Name of the array of labels; without labels if absent.")
    form: Literal["image", "features"] = _form()
    channels: Literal["first", "last"] | None = _channels()
    maximum: float | None = _maximum()
    test_inputs: str | None = param(None, doc="Name of the array of test inputs.")
    test_labels: str | None = param(None, doc="Name of the array of test labels.")
    sample_weights: str | None = param(
        None,
        doc="Name of an array that says how often each of `inputs` is drawn in training, relative to the others, from 0, "
        "which leaves it out, to 1e12; absent, equally often.",
    )
    unlabelled: tuple[str, ...] | None = _unlabelled()
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
        path=True,
    )


@attrs.frozen
class TableParams:
    """Parameters of `table`."""

    path: str = param(
        doc=f"The file: CSV, TSV or the like in UTF-8, also compressed (`.gz`), or Parquet; {_WHERE}.",
        path=True,
    )
    label: str | None = param(None, doc="Name of the column of labels; without labels if absent.")
    ignore: tuple[str, ...] = param((), doc="Names of columns that are not features, such as an identifier.")
    sample_weight: str | None = param(
        None,
        doc="Name of a column that says how often a row is drawn in training, relative to the others, with its label as "
        "without, from 0, which leaves it out, to 1e12; absent, equally often.",
    )
    numbers: tuple[str, ...] = param((), doc="Columns of numbers that would be taken for something else.")
    positives: tuple[str, ...] = param(
        (), doc="Columns of numbers above 0 that would be taken for something else, such as incomes."
    )
    counts: tuple[str, ...] = param(
        (), doc="Columns of whole numbers of at least 0 that would be taken for something else."
    )
    ordinals: tuple[str, ...] = param(
        (),
        doc="Columns of numbers of which only the order counts, such as grades, that would be taken for something else.",
    )
    categories: tuple[str, ...] = param(
        (),
        doc="Columns of categories that would be taken for something else, such as numbers that are codes.",
    )
    dates: tuple[str, ...] = param((), doc="Columns of ISO dates that would be taken for something else.")
    unlabelled: tuple[str, ...] | None = _unlabelled()
    separator: Literal[",", ";", "\t", "|"] | None = param(
        None, doc="What separates cells; absent, what is most frequent in the first line."
    )
    header: bool = param(True, doc="Whether the first row has the names of the columns.")
    test_path: str | None = param(None, doc=f"File of test rows with the same columns, {_WHERE}.", path=True)
    test_fraction: float | None = _test_fraction()
    test_seed: int = _test_seed()

    def __attrs_post_init__(self) -> None:
        _check_test_fraction(self.test_fraction, self.test_path, "test_path")
        if self.label in self.ignore:
            raise ValueError(f"column `{self.label}` is both `label` and in `ignore`")
        if self.sample_weight is not None and self.sample_weight in (self.label, *self.ignore):
            raise ValueError(f"column `{self.sample_weight}` is `sample_weight`, and `label` or in `ignore`")
        stated = [*self.ignore, *(name for names in self.stated_types.values() for name in names)]
        repeated = [name for name in dict.fromkeys(stated) if stated.count(name) > 1]
        if repeated:
            raise ValueError(
                f"column `{repeated[0]}` is in two of `ignore`, `numbers`, `positives`, `counts`, `ordinals`, `categories`"
                " and `dates`"
            )

    @property
    def stated_types(self) -> dict[str, tuple[str, ...]]:
        """The columns of each type that are given."""
        return {
            "number": self.numbers,
            "positive": self.positives,
            "count": self.counts,
            "ordinal": self.ordinals,
            "category": self.categories,
            "date": self.dates,
        }

    def capabilities(self) -> Capabilities:
        """Return the contents that the parameters declare."""
        contents = _contents("features", labelled=self.label is not None)
        return Capabilities(provides=(*contents.provides, "data.columns"))
