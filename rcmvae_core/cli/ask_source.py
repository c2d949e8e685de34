"""Asks `rcmvae new spec` for the user's own data."""

from __future__ import annotations

from typing import NamedTuple

from rcmvae_core.cli.answers import parse_number, print_question, read_answer
from rcmvae_core.cli.source_path import source_path


class Source(NamedTuple):
    """The user's own data.

    Args:
        path: a file or a folder.
        label: the column, the array or the file that has the labels; None if there is none.
        size: height and width of images; None for a folder if the images decide, and for files.
    """

    path: str
    label: str | None
    size: tuple[int, int] | None


def ask_source() -> Source | None:
    """Ask for the user's own data, with what `--label` and `--size` would say.

    Returns:
        The answers; None if there are no own data, so that plugins are to be chosen.

    Raises:
        RcmvaeError: E110 if the answers end too early.
    """
    print_question("\nyour data: a folder of images, a table (.csv, .tsv, .parquet), a .npz or a .npy file")
    while path := read_answer("[none, choose plugins] ").strip():
        source = source_path(path)
        if source is not None:
            break
        print_question(f"     `{path}` does not exist")
    else:
        return None
    is_folder = source.is_dir()
    print_question(
        "\nlabels: the file that has them" if is_folder else "\nlabels: their column, array or file"
    )
    label = read_answer("[sub-folders are classes] " if is_folder else "[no labels] ").strip()
    size = None
    if is_folder:
        print_question("\nsize: height and width of images in pixels, such as 32 or 32x48")
        while size is None and (answer := read_answer("[chosen by the images] ").strip()):
            size = read_size(answer)
            if size is None:
                print_question("     answer with one number or two")
    return Source(path, label or None, size)


def read_size(text: str) -> tuple[int, int] | None:
    """Return height and width; None if the text is not one or two positive numbers.

    Example:
        >>> read_size("32"), read_size("32x48"), read_size("big")
        ((32, 32), (32, 48), None)
    """
    numbers = [parse_number(part) for part in text.lower().split("x")]
    height, width = numbers[0], numbers[-1]
    return (height, width) if len(numbers) <= 2 and height and width else None  # noqa: PLR2004 - height, width
