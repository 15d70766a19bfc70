"""`python -m feedback_loop` is the command line."""

import sys

if sys.path and sys.path[0] and not __file__.startswith(sys.path[0] + "/"):
    del sys.path[0]  # the folder of the process: nothing of the scanned repository is imported

from feedback_loop.faces.cli import main

if __name__ == "__main__":
    main()
