"""Whether a detector may match at all, by the texts that every match holds (PRE-1). On the hot path."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledDetector

# What may stand beside a word: ASCII but for letters, digits and _; at an end of the text there is nothing.
_BREAKS = bytes(range(48)) + b":;<=>?@[\\]^`{|}~\x7f"
_BLANKS = 64  # more of them, and nobody looks what follows


def may_match(detector: CompiledDetector, text: bytes, added: bytes) -> bool:
    """Whether the detector may match on the added lines of the text; both in lower case if it folds."""
    if not all(literal in text for literal in detector.file_all):
        return False
    if not detector.added_any:
        return True
    if detector.follow is None:
        return any(literal in added for literal in detector.added_any)
    return any(has_word(literal, added, detector.follow) for literal in detector.added_any)


def holds_all(detector: CompiledDetector, text: bytes) -> bool:
    """Whether the file's text holds all that every text with a match holds."""
    if not detector.file_all:
        return True
    text = text.lower() if detector.fold else text
    return all(literal in text for literal in detector.file_all)


def has_word(word: bytes, text: bytes, follow: bytes) -> bool:
    """Whether the word stands by itself in the text, with one of `follow` (if any) after it and blanks.

    `print(` is looked for, and not `printing`: a file less to parse for each that only speaks of it.
    """
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        alone = text[max(at - 1, 0) : at] in _BREAKS and text[end : end + 1] in _BREAKS
        if alone and (not follow or text[end : end + _BLANKS].lstrip(b" \t\f")[:1] in follow):
            return True
        at = text.find(word, end)
    return False
