"""Loads Fashion-MNIST, images of clothes in the format of MNIST."""

from __future__ import annotations

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_plugins.data._download import File
from rcmvae_plugins.data._published import Published, load
from rcmvae_plugins.data.params import PublishedParams

_RELEASE = "zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141"

FASHION_MNIST = Published(
    name="fashion_mnist",
    files=(
        File(
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        File(
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        File(
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        File(
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    mirrors=(
        f"https://raw.githubusercontent.com/{_RELEASE}/data/fashion",
        "https://fashion-mnist.s3.eu-central-1.amazonaws.com",
    ),
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
)


def fashion_mnist(params: PublishedParams) -> Dataset:
    """Load Fashion-MNIST, 60,000 training images and 10,000 test images of 28x28 pixels.

    Args:
        params: the folder of the files.

    Returns:
        70,000 images of shape (28, 28, 1), uint8, in the order of the files.

    Raises:
        RcmvaeError: E305 if the files cannot be found or downloaded, E306 if they cannot be read.

    Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    Learning Algorithms", arXiv:1708.07747.
    """
    return load(FASHION_MNIST, params.path)
