"""Serves one page on which people explore the latent space of a run and label its inputs."""
