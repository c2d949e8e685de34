"""Implements the command `rcmvae`: one light module per verb in `commands`, its heavy work in `actions`."""
