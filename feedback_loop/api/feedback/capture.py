"""`capture_feedback`: rate one output, in one call."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any, cast

from feedback_loop.api.feedback.database import FeedbackDatabase, database_or_here
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.domain.rating import TAGS, plain_tag
from feedback_loop.domain.text import visible
from feedback_loop.stores.feedback_index import known_tags
from feedback_loop.workspace import Workspace

_NEAR = 0.8  # of difflib's ratio


def capture_feedback(
    prompt: str,
    output: str,
    rating: int,
    thumbs_up: bool | None = None,
    tags: Sequence[str] | None = None,
    context: dict[str, Any] | None = None,
    notes: str | None = None,
    db: FeedbackDatabase | None = None,
) -> FeedbackEntry:
    """Rate an output now, in the database or in the repository around the process.

    The entry has its id, time, tags and thumb as they were recorded, and the texts as they were given: what
    is recorded of those is masked, and cut by the setting feedback.store. It shares nothing with `context`.

    Raises ValueError with every wrong field, and if the same prompt and output were rated this very second.
    """
    database = database_or_here(db)
    # What is no list or dict is left as it is: the check names it, together with all else that is wrong.
    entry = FeedbackEntry(
        prompt,
        output,
        rating,
        thumbs_up,
        tags=[] if tags is None else cast("list[str]", tags),
        context={} if context is None else context,
        notes=notes,
    )
    database.insert_feedback(entry)
    entry.context = copy.deepcopy(entry.context)  # only now is it known to be JSON, which can be copied
    return entry


def tag_notes(workspace: Workspace, tags: Collection[str]) -> list[str]:
    """A note for each tag that is new here and looks like a known one."""
    new = sorted(set(map(plain_tag, tags)) - set(TAGS))
    if not new:
        return []
    known = set(TAGS) | known_tags(workspace.root, workspace.repository.state_dir)
    notes = []
    for tag in new:
        near = [] if tag in known else get_close_matches(tag, sorted(known), 1, _NEAR)
        notes += [f"the tag {visible(tag)} is new; {visible(one)} is known and similar" for one in near]
    return notes
