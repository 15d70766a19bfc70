"""`python -m feedback_loop` is the command line."""

from feedback_loop.faces.cli import main

if __name__ == "__main__":
    main()
