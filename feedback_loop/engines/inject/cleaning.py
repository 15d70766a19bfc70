"""A pattern's text made fit to be injected: nothing hidden, nothing that could end where it stands (D21).

Whoever wrote a pattern may be a stranger: a pack, a pull request. What people would not see is taken out
before a model reads it, and prose becomes one line that begins with words of ours.
"""

from __future__ import annotations

import re

from feedback_loop.domain.hidden_text import strip_hidden, strip_hidden_code

_FENCE_RUN = re.compile(r"(`{3,}|~{3,})")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_TICKS = re.compile(r"`+")
_KNOWN = """
    bash c cpp csharp css dockerfile go html ini java javascript json jsx kotlin lua makefile php python ruby
    rust scala sh sql swift text toml tsx typescript xml yaml
"""
_LANGUAGES = frozenset(_KNOWN.split())
_SHORTEST_FENCE = 3


def clean_code(text: str) -> str:
    """The code as it may stand in a fence: its lines as they are, without blank ones around; "" = none."""
    code = strip_hidden_code(text)
    return code.strip("\n").rstrip() if code.strip() else ""


def clean_line(text: str, limit: int) -> str:
    """Prose on one line of at most `limit` characters, cut at a word; it holds no fence and no tag."""
    line = " ".join(strip_hidden(text).split())
    line = _FENCE_RUN.sub(lambda run: run[0][0], line)
    line = _TAG.sub("&lt;", line)
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    return (head.rpartition(" ")[0] or head) + "…"


def clean_language(name: str) -> str:
    """The word behind a fence: one of those we know, or none."""
    return name.lower() if name.lower() in _LANGUAGES else ""


def fence_for(code: str) -> str:
    """A run of back-ticks that no line of the code can close: its longest run + 1, at least 3 (D21)."""
    longest = max(map(len, _TICKS.findall(code)), default=0)
    return "`" * max(_SHORTEST_FENCE, longest + 1)
