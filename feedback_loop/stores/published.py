"""What a clone knows of the commits that its remotes have: where new work begins."""

from __future__ import annotations

from feedback_loop.stores.git import Git, GitStream

_SHOWN = 1000  # more places where new work touches old would not fit a command line


def find_published_base(git: Git, head: str) -> str | None:
    """The newest commit that a remote has among those that the new ones up to `head` build upon.

    That is `head` itself if a remote has it, and None if no remote has any of its ancestors. `head` is a
    full commit id. Nothing is fetched: what counts is what this clone saw of its remotes.
    """
    lines = _lines(git, "rev-list", "--boundary", head, "--not", "--remotes")
    if not lines:
        return head
    touched = [line[1:] for line in lines if line.startswith("-")][:_SHOWN]
    return _lines(git, "rev-list", "--max-count=1", "--no-walk=sorted", *touched)[0] if touched else None


def _lines(git: Git, *arguments: str) -> list[str]:
    stream = GitStream([git.program, "-C", git.root, "--no-optional-locks", *arguments], git.environment)
    try:
        return b"".join(stream.blocks()).decode("ascii").splitlines()
    finally:
        stream.close()
