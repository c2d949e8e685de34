"""Loads the MNIST handwritten digits."""

from __future__ import annotations

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_plugins.data._download import File
from rcmvae_plugins.data._published import Published, load
from rcmvae_plugins.data.params import PublishedParams

MNIST = Published(
    name="mnist",
    files=(
        File(
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        File(
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        File(
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        File(
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
    ),
    class_names=tuple("0123456789"),
)


def mnist(params: PublishedParams) -> Dataset:
    """Load MNIST, 60,000 training images and 10,000 test images of 28x28 pixels.

    Args:
        params: the folder of the files.

    Returns:
        70,000 images of shape (28, 28, 1), uint8, in the order of the files.

    Raises:
        RcmvaeError: E305 if the files cannot be found or downloaded, E306 if they cannot be read.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
    recognition", Proc. IEEE, 1998.
    """
    return load(MNIST, params.path)
