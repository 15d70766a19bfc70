"""`PatternLibrary`: the patterns of a repository, in the shape that its users know (D2)."""

from __future__ import annotations

import os

from feedback_loop.api.arguments import check_number, check_text, check_whole
from feedback_loop.api.search.search import search
from feedback_loop.domain.search import Query
from feedback_loop.errors import InputError
from feedback_loop.workspace import Workspace

_DATABASES = (".db", ".sqlite", ".sqlite3")


class PatternLibrary:
    """The patterns of the repository around `root`, or around the process; read anew at each call.

    Raises ValueError (a UserError too) for the path of a database and for what is no path, UserError outside
    of a repository.
    """

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        folder = None if root is None else _path(root)
        if folder is not None and folder.endswith(_DATABASES):
            hint = "give the folder of a repository: its patterns are the files in patterns/"
            raise InputError(f"{folder!a} is a database, and no patterns are kept in one", hint)
        self.workspace = Workspace.open(folder)

    def search_patterns(
        self,
        query: str,
        limit: int = 5,
        language: str | None = None,
        framework: str | None = None,
        min_relevance: float = 0.0,
    ) -> list[tuple[str, str, str, float]]:
        """(name, code, description, relevance) of the active patterns that fit, the most relevant first.

        `code` is the first Good example, "" if there is none. Relevance is from 0 to 1: how likely it is
        the right pattern. A pattern that names no languages or no frameworks fits all of them.

        Raises ValueError for a blank query, a limit below 1, a `min_relevance` outside of 0 to 1, and for
        arguments of other types.
        """
        check_text("query", query)
        check_whole("limit", limit)
        check_text("language", language, optional=True)
        check_text("framework", framework, optional=True)
        check_number("min_relevance", min_relevance, 1)
        asked = Query(query, limit, language, framework, min_relevance=min_relevance)
        return [
            (hit.pattern.name, hit.pattern.code, hit.pattern.description, hit.relevance)
            for hit in search(self.workspace, asked).hits
        ]


def _path(root: object) -> str:
    if not isinstance(root, str | os.PathLike):
        raise InputError(f"root must be a path, not {type(root).__name__}")
    path: str | bytes = os.fspath(root)
    if not isinstance(path, str) or "\0" in path:
        raise InputError(f"root must be a path, not {path!a:.80}")
    return path
