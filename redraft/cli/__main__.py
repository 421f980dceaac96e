"""`python -m redraft.cli`: the command line where no `redraft` is on the path."""

import sys

from redraft.cli.main import main

sys.exit(main())
