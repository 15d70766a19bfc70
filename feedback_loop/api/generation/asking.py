"""Ask a provider for code, again where that may help; who gets no answer has the composer (D31)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from feedback_loop.domain.provider import (
    INVALID,
    OFFLINE,
    PROVIDERS,
    RETRIED,
    Answer,
    Failure,
    Payload,
    ProviderError,
    ProviderSettings,
    Usable,
)
from feedback_loop.domain.secrets import mask
from feedback_loop.engines.generate.answer import code_of
from feedback_loop.errors import UserError
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


def ask(
    payload: Payload,
    name: str,
    *,
    fallback: bool,
    settings: ProviderSettings | None = None,
    waiting: Waiting | None = None,
) -> Answer:
    """The code that the provider writes for the prompt, secrets in it masked as `describe` shows it.

    Asks `offline` nothing. A timeout, 429 and 5xx are tried again after 1 s and 4 s, or when the server
    says so, if that is later and within 30 s. What fails then, and an answer without code, is with
    `fallback` the composer's to write, else UserError (provider). Missing extra, key, model or program, and
    an address or environment that no request can be made with: UserError.
    """
    if name == OFFLINE:
        return Answer(None, OFFLINE)
    provider = open_provider(name, settings or load_user_config())
    provider.check()
    answer = _attempts(provider, replace(payload, prompt=_sendable(payload.prompt)), waiting or Waiting())
    code = None if isinstance(answer, Failure) else code_of(answer)
    if code is not None:
        return Answer(code, name)
    failure = answer if isinstance(answer, Failure) else Failure(INVALID, "no code in it")
    if not fallback:
        cure = "try again, or leave out --no-fallback: the offline composer needs nobody"
        raise UserError(f"{name} failed: {failure}", cure, kind="provider")
    note = f"{name} failed: {failure}; the code was composed offline"
    return Answer(None, f"{OFFLINE} ({name} failed: {failure.kind})", note)


def describe(payload: Payload, name: str, *, settings: ProviderSettings | None = None) -> str:
    """What `ask` would send, for a person to read: address or program, headers, body.

    The secrets that are masked here are masked in what is sent; keys only here. Opens no socket, starts
    nothing, reads no key. Raises UserError where extra, model or program are not named.
    """
    if name == OFFLINE:
        return "provider: offline\nnothing is sent\n"
    provider = open_provider(name, settings or load_user_config())
    sent = provider.sent(_sendable(payload.prompt), max_tokens=payload.max_tokens, timeout=payload.timeout)
    return "\n".join([f"provider: {name}", sent.target, *sent.headers, "", sent.body, ""])


def usable(settings: ProviderSettings) -> list[Usable]:
    """Each provider, whether it could be asked now; nobody is asked."""
    found = [Usable(OFFLINE, "the composer")]
    for name in PROVIDERS[1:]:
        try:
            found.append(Usable(name, open_provider(name, settings).check()))
        except UserError as error:
            found.append(Usable(name, trouble=error.message, cure=error.hint))
    return found


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
