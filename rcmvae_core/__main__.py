"""`python -m rcmvae_core`, the same as `rcmvae`."""

import sys

from rcmvae_core.cli.main import main

sys.exit(main())
