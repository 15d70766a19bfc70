"""Who may write code for us: the user's settings, what is sent, what comes back, how it fails (D30, D31)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

OFFLINE = "offline"
PROVIDERS = (OFFLINE, "command", "openai", "anthropic")
ANSWER_CAP = 256 << 10  # bytes

TIMEOUT = "timeout"
RATE_LIMITED = "rate limited"
SERVER_ERROR = "server error"
EMPTY = "empty answer"
INVALID = "invalid answer"
TOO_LARGE = "too large"
REFUSED = "refused"
UNREACHABLE = "not reachable"
FAILED = "program error"
RETRIED = (TIMEOUT, RATE_LIMITED, SERVER_ERROR)


@dataclass(frozen=True)
class ServiceSettings:
    """A service behind HTTP: `model` has no default, "" = not set; the key is in the variable `key_env`."""

    model: str = ""
    base_url: str = ""
    key_env: str = ""


@dataclass(frozen=True)
class ProviderSettings:
    """What the user's own file says: the provider to ask, how to reach each, the model of the search.

    `argv` is the command's program and arguments. `path` is the file, whether it exists or not.
    """

    provider: str = OFFLINE
    argv: tuple[str, ...] = ()
    openai: ServiceSettings = ServiceSettings("", "https://api.openai.com/v1", "OPENAI_API_KEY")
    anthropic: ServiceSettings = ServiceSettings("", "https://api.anthropic.com", "ANTHROPIC_API_KEY")
    search_model: str = ""
    path: str = ""


@dataclass(frozen=True)
class Payload:
    """What a provider is asked: the whole text, the longest answer in tokens, the time in seconds."""

    prompt: str
    max_tokens: int = 4096
    timeout: float = 60.0


@dataclass(frozen=True)
class Answer:
    """What came of asking. No code = the offline composer is to write it.

    `provider` is the name of who answered, or "offline (openai failed: timeout)"; `note` says the same in
    a sentence for a person.
    """

    code: str | None
    provider: str
    note: str = ""


class Failure(NamedTuple):
    """Why there is no answer: a kind of the above, a detail (masked), and what `Retry-After` said."""

    kind: str
    detail: str = ""
    retry_after: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})" if self.detail else self.kind


class Usable(NamedTuple):
    """Whether a provider could be asked: what it would use, or the trouble and its cure."""

    name: str
    uses: str = ""
    trouble: str = ""
    cure: str = ""


class ProviderError(Exception):
    """A provider was asked and gave nothing to use. Its text holds no key."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Sent(NamedTuple):
    """What goes out, for a person to read: where to, the lines that go before the body, the body."""

    target: str
    headers: tuple[str, ...]
    body: str
