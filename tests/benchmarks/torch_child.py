"""A trainer in PyTorch, in a process of its own: an epoch for each line that it reads, JSON for each that it writes.

Run with the interpreter into which `requirements.txt` was installed:
`python torch_child.py loop|pythae FOLDER`, where FOLDER holds `images.npy`, and `parameters.npz` from `against_torch`.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

THREADS, BATCH, LEARNING_RATE = 2, 128, 1e-3
WIDTH, EMBEDDING, PIXELS = 256, 16, 784


def posterior_of(raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and log variance, bounded as the framework bounds it."""
    mean, log_var = raw.chunk(2, dim=-1)
    return mean, 10 * torch.tanh(log_var / 10)


class Encoder(nn.Module):
    """Two hidden layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(PIXELS, WIDTH), nn.Linear(WIDTH, WIDTH)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = F.relu(layer(x))
        return x


class Mixture(nn.Module):
    """The mixture VAE of `raw_jax`, every channel decoded."""

    def __init__(self, channels: int, dim: int) -> None:
        super().__init__()
        self.channels, self.dim = channels, dim
        self.encoder = Encoder()
        self.logits = nn.Linear(WIDTH, channels)
        self.posterior = nn.Linear(WIDTH, 2 * channels * dim)
        self.embeddings = nn.Parameter(torch.randn(channels, EMBEDDING))
        self.decoder = nn.ModuleList([nn.Linear(dim, WIDTH), nn.Linear(WIDTH, WIDTH)])
        names = ("gamma", "beta")
        self.film = nn.ModuleList(
            nn.ModuleDict({name: nn.Linear(EMBEDDING, WIDTH) for name in names}) for _ in self.decoder
        )
        self.head = nn.Linear(WIDTH, PIXELS)

    def forward(self, x: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
        """The negative ELBO of a batch; noise is multiplied by `scale`."""
        h = self.encoder(x)
        log_q = F.log_softmax(self.logits(h), dim=-1)
        mean, log_var = posterior_of(self.posterior(h).view(-1, self.channels, 2 * self.dim))
        h = mean + torch.exp(log_var / 2) * torch.randn_like(mean) * scale
        for layer, film in zip(self.decoder, self.film, strict=True):
            h = F.relu((1 + film["gamma"](self.embeddings)) * layer(h) + film["beta"](self.embeddings))
        logits = self.head(h)
        target = x[:, None].expand_as(logits)
        nll = F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(-1)
        kl = 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum(-1)
        return (log_q.exp() * (nll + kl + log_q + math.log(self.channels))).sum(-1).mean()


class Loop:
    """What one writes in PyTorch: data in memory as bytes, a permutation, a step for each of its batches."""

    def __init__(self, images: np.ndarray, parameters: dict[str, np.ndarray]) -> None:
        channels = parameters["logits.bias"].size
        self.model = Mixture(channels, parameters["posterior.bias"].size // (2 * channels))
        fill(self.model, parameters)
        self.images = torch.from_numpy(images.reshape(len(images), -1))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE)

    def loss(self) -> float:
        """Of the first batch, without noise."""
        with torch.no_grad():
            return self.model(self.images[:BATCH].float() / 255, 0.0).item()

    def epoch(self) -> None:
        """All whole batches."""
        order = torch.randperm(len(self.images))
        for index in order[: len(order) // BATCH * BATCH].view(-1, BATCH):
            self.optimizer.zero_grad()
            loss = self.model(self.images[index].float() / 255)
            loss.backward()
            self.optimizer.step()


class Pythae:
    """pythae's VAE in pythae's trainer: what its `train` calls for an epoch, without evaluation and saving."""

    def __init__(self, images: np.ndarray, parameters: dict[str, np.ndarray], folder: Path) -> None:
        from pythae.data.datasets import BaseDataset
        from pythae.models import VAE, VAEConfig
        from pythae.models.base.base_utils import ModelOutput
        from pythae.models.nn import BaseDecoder, BaseEncoder
        from pythae.trainers import BaseTrainer, BaseTrainerConfig

        dim = parameters["posterior.bias"].size // 2

        class Down(BaseEncoder):
            def __init__(self) -> None:
                super().__init__()
                self.encoder, self.posterior = Encoder(), nn.Linear(WIDTH, 2 * dim)

            def forward(self, x: torch.Tensor) -> ModelOutput:
                mean, log_var = posterior_of(self.posterior(self.encoder(x)))
                return ModelOutput(embedding=mean, log_covariance=log_var)

        class Up(BaseDecoder):
            def __init__(self) -> None:
                super().__init__()
                self.decoder = nn.ModuleList([nn.Linear(dim, WIDTH), nn.Linear(WIDTH, WIDTH)])
                self.head = nn.Linear(WIDTH, PIXELS)

            def forward(self, z: torch.Tensor) -> ModelOutput:
                for layer in self.decoder:
                    z = F.relu(layer(z))
                return ModelOutput(reconstruction=torch.sigmoid(self.head(z)))

        config = VAEConfig(input_dim=(PIXELS,), latent_dim=dim, reconstruction_loss="bce")
        self.model = VAE(config, Down(), Up())
        fill(
            self.model.encoder,
            {n: a for n, a in parameters.items() if n.startswith(("encoder", "posterior"))},
        )
        fill(self.model.decoder, {n: a for n, a in parameters.items() if n.startswith(("decoder", "head"))})
        inputs = torch.from_numpy(images[: len(images) // BATCH * BATCH].reshape(-1, PIXELS)).float() / 255
        self.first = inputs[:BATCH]
        self.trainer = BaseTrainer(
            self.model,
            BaseDataset(inputs, torch.zeros(len(inputs))),
            training_config=BaseTrainerConfig(
                output_dir=str(folder / "pythae"),
                per_device_train_batch_size=BATCH,
                learning_rate=LEARNING_RATE,
                no_cuda=True,
            ),
        )
        self.trainer.prepare_training()
        self.count = 0

    def loss(self) -> float:
        """Of the first batch, without noise."""
        with torch.no_grad():
            encoded = self.model.encoder(self.first)
            mean, log_var = encoded.embedding, encoded.log_covariance
            x = self.model.decoder(mean)["reconstruction"]
            return self.model.loss_function(x, self.first, mean, log_var, mean)[0].item()

    def epoch(self) -> None:
        """One of the trainer's."""
        self.count += 1
        self.trainer.callback_handler.on_epoch_begin(
            training_config=self.trainer.training_config,
            epoch=self.count,
            train_loader=self.trainer.train_loader,
        )
        self.trainer.train_step(self.count)


def fill(module: nn.Module, parameters: dict[str, np.ndarray]) -> None:
    """Give a module these parameters, all of them and no others."""
    module.load_state_dict({name: torch.from_numpy(array) for name, array in parameters.items()})


def main() -> None:
    """Say what was built, then an epoch for each line, and in the end the median."""
    which, folder = sys.argv[1], Path(sys.argv[2])
    torch.set_num_threads(THREADS)
    images = np.load(folder / "images.npy")
    with np.load(folder / "parameters.npz") as file:
        parameters = dict(file)
    trained = Loop(images, parameters) if which == "loop" else Pythae(images, parameters, folder)
    say(
        loss=trained.loss(),
        parameters=sum(p.numel() for p in trained.model.parameters()),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
    )
    seconds: list[float] = []
    for _ in sys.stdin:
        start = time.perf_counter()
        trained.epoch()
        seconds.append(time.perf_counter() - start)
        say(seconds=seconds[-1])
    say(epochs=len(seconds), median_seconds=statistics.median(seconds) if seconds else None)


def say(**values: object) -> None:
    """A line of JSON."""
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main()
