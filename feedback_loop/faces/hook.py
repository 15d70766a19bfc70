"""`feedback-loop-hook`: what git hooks call. Tiny, because a script is recompiled at each start."""

import sys


def main() -> None:
    """Run the hook named by the arguments and end the process with its exit code."""
    from feedback_loop.faces import hook_commands

    hook_commands.run(sys.argv[1:])


if __name__ == "__main__":  # started as a file, without site-packages
    sys.path.insert(0, __file__.rsplit("/", 3)[0])
    import feedback_loop.bundle

    feedback_loop.bundle.install()
    main()
