"""``python -m conformance``, and the console script: the command line."""

import os
import sys
from typing import NoReturn

STOPPED = 130


def main() -> NoReturn:
    """Run the command line; Ctrl-C ends it quietly, from the first moment on."""
    try:
        from conformance.cli import main as run  # noqa: PLC0415 - takes a moment
    except KeyboardInterrupt:
        sys.stderr.write("conformance: stopped\n")
        sys.stderr.flush()
        os._exit(STOPPED)
    run()


if __name__ == "__main__":
    main()
