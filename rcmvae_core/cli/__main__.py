"""`python -m rcmvae_core.cli`, the same as `rcmvae`."""

import sys

from rcmvae_core.cli import main

sys.exit(main())
