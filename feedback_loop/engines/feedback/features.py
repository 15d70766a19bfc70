"""What is seen in a prompt's text: four flags, and its words (B14)."""

from __future__ import annotations

import re
import unicodedata

from feedback_loop.domain.rating import FLAGS

_WHOLE = re.compile(r"\w+")
_FOR_EXAMPLE = re.compile(r"(?<!\w)e\.g\.(?!\w)")
_SAYING = {  # the whole words that raise a flag
    "examples": frozenset(("example", "examples")),
    "constraints": frozenset(("must", "should", "only", "exactly")),
    "steps": frozenset(("step", "steps", "first", "then", "finally")),
    "format": frozenset(("format", "json", "xml", "structure")),
}
# Runs of letters, and what an apostrophe hangs on them: `user's` is `user`, `don't` no word of its own.
_LETTERS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_APOSTROPHE = re.compile("['\u2019]")
_SHORTEST, _LONGEST = 3, 40  # letters: what is longer is data or a script without blanks
_STOP_TEXT = """
    about above after again against all also although always among and another any anybody anyone anything
    are around because been before being below between both but came can cannot come comes could did does
    doing done down during each either else etc even ever every everyone everything few for from further get
    gets getting give given gives giving goes going gone got had has have having hence her here hers herself
    him himself his how however into isn its itself just let lets like made make makes making many may maybe
    might more most much must myself neither nor not nothing now off often once one ones only onto other
    others our ours ourselves out over own per perhaps please put puts quite rather really said same say says
    see seen shall she should since some somebody someone something still such take taken takes than that the
    their theirs them themselves then there thereby therefore these they thing things this those though
    through thus too toward towards two under until upon use used uses using very via want wants was well
    went were what whatever when whenever where whereas wherever whether which while who whoever whole whom
    whose why will with within without would yes yet you your yours yourself yourselves
"""
_STOP_WORDS = frozenset(_STOP_TEXT.split())


def flags_of(prompt: str) -> tuple[str, ...]:
    """Those of FLAGS that the whole prompt shows, in their order; whole words, any case."""
    text = prompt.lower()
    words = set(_WHOLE.findall(text))
    found = {name for name, saying in _SAYING.items() if not saying.isdisjoint(words)}
    if "e.g." in text and _FOR_EXAMPLE.search(text):
        found.add("examples")
    return tuple(name for name in FLAGS if name in found)


def words_of(prompt: str) -> frozenset[str]:
    """The words of a prompt, each once: lower case, of three to forty letters, no stop words."""
    text = prompt if prompt.isascii() else unicodedata.normalize("NFC", prompt)
    found = set(_LETTERS.findall(text.lower()))
    if "'" in text or "\u2019" in text:
        found = set(map(_plain, found))
    return frozenset(word for word in found - _STOP_WORDS if _SHORTEST <= len(word) <= _LONGEST)


def _plain(word: str) -> str:
    """Without its apostrophe's tail; "" for a contracted `not`."""
    stem, *tails = _APOSTROPHE.split(word)
    return "" if tails[-1:] == ["t"] and stem.endswith("n") else stem
