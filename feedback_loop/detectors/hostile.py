"""Texts that ast-grep must not be given: it would end the process, or never come back."""

from __future__ import annotations


def breaks_parser(text: str, grammar: str) -> bool:
    """Whether the text may be one of those on which ast-grep's parser ends the process or never ends.

    YAML of 254 levels and Kotlin templates some hundreds deep abort the process; nested HTML takes
    time by the square, `/*/*` in Swift by more (all seen with ast-grep-py 0.51).
    """
    if grammar == "yaml":
        return any(_levels(line) for line in text.split("\n"))
    if grammar == "kotlin":
        return text.count("${") > 200
    if grammar == "swift":
        return text.count("/*/") > 50
    return grammar == "html" and text.count("<") > 20_000


def _levels(line: str) -> bool:
    """Whether a line of YAML begins so far to the right that it may stand 254 levels deep."""
    return len(line) - len(line.lstrip(" \t-?:")) > 200
