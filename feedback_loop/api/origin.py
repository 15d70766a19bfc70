"""Who records something, and at which commit."""

from __future__ import annotations

import hashlib
import os

from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace


def author(workspace: Workspace) -> str | None:
    """A token, or the e-mail where the settings say `author = "full"`; None = unknown, or a plain folder."""
    if not _has_git(workspace):
        return None
    email = workspace.git.author_email()
    return (email.strip() or None) if workspace.settings()[0].author == "full" else author_token(email)


def author_token(email: str) -> str | None:
    """12 hexadecimal digits that stand for an author: of the SHA-256 of the e-mail in lower case."""
    plain = email.strip().lower()
    return hashlib.sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()[:12] if plain else None


def head_commit(workspace: Workspace) -> str | None:
    """The id of HEAD; None before the first commit, or in a plain folder."""
    if not _has_git(workspace):
        return None
    try:
        return workspace.git.objects.commit_id("HEAD")
    except UserError as error:
        if error.exit_code != UserError.exit_code:
            raise
        return None


def _has_git(workspace: Workspace) -> bool:
    return os.path.exists(workspace.repository.git_dir + "/HEAD")
