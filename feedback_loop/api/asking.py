"""Ask a provider for text, again where that may help; and show what it would be sent (D30, D31)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from feedback_loop.domain.provider import (
    OFFLINE,
    RETRIED,
    Failure,
    Payload,
    ProviderError,
    ProviderSettings,
)
from feedback_loop.domain.secrets import mask
from feedback_loop.stores.llm import Provider, open_provider
from feedback_loop.stores.user_config import load_user_config

_PAUSES = (1.0, 4.0)  # seconds before the second and the third attempt
_LONGEST = 30.0  # seconds that a server may ask us to wait


@dataclass(frozen=True)
class Waiting:
    """How time passes: `sleep` takes seconds, `now` gives those since 1970 (for a date in `Retry-After`)."""

    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time


def default_provider() -> str:
    """The provider of the user's settings. Raises UserError as `load_user_config`."""
    return load_user_config().provider


def ask_text(
    payload: Payload,
    name: str,
    *,
    settings: ProviderSettings | None = None,
    waiting: Waiting | None = None,
) -> str | Failure:
    """What the provider answers to the prompt, or why it does not; secrets are masked as `describe` shows it.

    `name` is not `offline`. A timeout, 429 and 5xx are tried again after 1 s and 4 s, or when the server
    says so, if that is later and within 30 s. Missing extra, key, model or program, and an address or
    environment that no request can be made with: UserError.
    """
    provider = open_provider(name, settings or load_user_config())
    provider.check()
    return _attempts(provider, replace(payload, prompt=_sendable(payload.prompt)), waiting or Waiting())


def describe(payload: Payload, name: str, *, settings: ProviderSettings | None = None) -> str:
    """What `ask_text` would send, for a person to read: address or program, headers, body.

    The secrets that are masked here are masked in what is sent; keys only here. Opens no socket, starts
    nothing, reads no key. Raises UserError where extra, model or program are not named.
    """
    if name == OFFLINE:
        return "provider: offline\nnothing is sent\n"
    provider = open_provider(name, settings or load_user_config())
    sent = provider.sent(_sendable(payload.prompt), max_tokens=payload.max_tokens, timeout=payload.timeout)
    return "\n".join([f"provider: {name}", sent.target, *sent.headers, "", sent.body, ""])


def _sendable(prompt: str) -> str:
    """Secrets masked, and half characters (lone surrogates), which UTF-8 cannot say, as question marks."""
    return mask(prompt).encode("utf-8", "replace").decode("utf-8")


def _attempts(provider: Provider, payload: Payload, waiting: Waiting) -> str | Failure:
    for pause in (*_PAUSES, None):
        try:
            return provider.complete(payload.prompt, max_tokens=payload.max_tokens, timeout=payload.timeout)
        except ProviderError as error:
            failure = error.failure
        if failure.kind not in RETRIED or pause is None:
            return failure
        asked = _asked_to_wait(failure.retry_after, waiting.now)
        if asked is not None and asked > _LONGEST:
            return _with_more(failure, f"asks to wait {asked:.0f} s")
        waiting.sleep(max(pause, asked or 0.0))
    raise AssertionError


def _with_more(failure: Failure, more: str) -> Failure:
    """The failure with one more thing to say."""
    return failure._replace(detail=", ".join(filter(None, (failure.detail, more))))


def _asked_to_wait(value: str, now: Callable[[], float]) -> float | None:
    """Seconds of `Retry-After` (RFC 9110, section 10.2.3: seconds or a date); None = it says nothing."""
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - now(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
