"""`python -m pratique`: the command where no script is installed."""

import sys

from pratique.cli import main

sys.exit(main())
