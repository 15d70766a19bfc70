"""Responses of OpenAI's chat completions and Anthropic's messages: bytes in, the text of the answer out.

Nothing of them is trusted: whatever is not as documented is a ProviderError, "invalid answer".
"""

from __future__ import annotations

import json
from typing import Any

from feedback_loop.domain.provider import EMPTY, INVALID, Failure, ProviderError


def parse_openai(content: bytes) -> str:
    """`choices[0].message.content`. Raises ProviderError, also for a text that the limit cut off."""
    choices = _document(content).get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise _invalid("no message in it")
    if choice.get("finish_reason") == "length":
        raise _cut_off()
    return _told(message.get("content"))


def parse_anthropic(content: bytes) -> str:
    """The texts among `content`. Raises ProviderError, also for a text that the limit cut off."""
    document = _document(content)
    blocks = document.get("content")
    if not isinstance(blocks, list):
        raise _invalid("no content in it")
    if document.get("stop_reason") == "max_tokens":
        raise _cut_off()
    found = [one.get("text") for one in blocks if isinstance(one, dict) and one.get("type") == "text"]
    texts = [text for text in found if isinstance(text, str)]
    if len(texts) < len(found):
        raise _invalid("its content is no text")
    return _told("".join(texts))


def parse_complaint(content: bytes) -> str:
    """`error.message`, as both services write it, on one line; "" if there is none."""
    try:
        value: Any = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    error = value.get("error") if isinstance(value, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return " ".join(message.split()) if isinstance(message, str) else ""


def _document(content: bytes) -> dict[str, Any]:
    if not content.strip():
        raise ProviderError(Failure(EMPTY))
    try:
        value: Any = json.loads(content)
    except (ValueError, RecursionError):
        raise _invalid("not JSON") from None
    if not isinstance(value, dict):
        raise _invalid("no JSON object")
    return value


def _told(text: object) -> str:
    if text is not None and not isinstance(text, str):
        raise _invalid("its content is no text")
    if text is None or not text.strip():
        raise ProviderError(Failure(EMPTY))
    return text


def _invalid(why: str) -> ProviderError:
    return ProviderError(Failure(INVALID, why))


def _cut_off() -> ProviderError:
    return _invalid("cut off at the limit of tokens")
