"""`feedback-loop-hook`: what git hooks call. Tiny, because a script is recompiled at each start."""

import sys


def main() -> None:
    """Run the hook named by the arguments and end the process with its exit code."""
    try:
        from feedback_loop.faces import hook_commands
    except (ImportError, SyntaxError) as error:  # a damaged installation must not decide about a commit
        import posix

        sys.stderr.write(f"feedback-loop: NOT checked: the installation is damaged ({error})\n")
        sys.exit(0 if posix.environ.get(b"CI", b"").lower() in (b"", b"0", b"false") else 3)
    hook_commands.run(sys.argv[1:])


if __name__ == "__main__":  # started as a file, without site-packages
    import _signal  # type: ignore[import-not-found]  # `signal` would import enum

    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # Ctrl-C is no traceback
    sys.path.append(__file__.rsplit("/", 3)[0])  # last: nothing there may stand before the standard library
    import feedback_loop.bundle

    feedback_loop.bundle.install()
    main()
