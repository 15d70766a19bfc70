"""OpenAI (and what speaks its language) and Anthropic, by their own client libraries.

The libraries make the request; time, size, retries and redirects are ours (stores.http_client). Proxies and
certificates are those of the user's environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE), the address is the
settings' alone.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from feedback_loop.domain.provider import (
    RATE_LIMITED,
    REFUSED,
    SERVER_ERROR,
    TIMEOUT,
    UNREACHABLE,
    Failure,
    ProviderError,
    Sent,
    ServiceSettings,
)
from feedback_loop.domain.secrets import MASK, mask, masked_and_capped
from feedback_loop.errors import UserError
from feedback_loop.formats.llm_answers import parse_anthropic, parse_complaint, parse_openai
from feedback_loop.stores.extras import load_extra, require_extra
from feedback_loop.stores.http_client import Guard, StopError, check_address, check_headers, open_client
from feedback_loop.stores.system import variable

T = TypeVar("T")
_HTTP = "httpx2"  # the client below both libraries
_SHOWN = 200  # characters of what a server complains
_KEY_HEADERS = ("authorization", "x-api-key", "proxy-authorization", "cookie")
_OFFICIAL = "https://api.openai.com/"


class _RecordedError(Exception):
    """The request is known and is not to be sent."""


class _Service:
    """What the two have in common: the name of library and extra, the client, one request, its failures."""

    name = ""
    client = ""
    headers: tuple[str, ...] = ()  # variables that the library makes headers of

    def __init__(self, settings: ServiceSettings, config: str) -> None:
        self._settings = settings
        self._config = config

    def complete(self, prompt: str, *, max_tokens: int = 4096, timeout: float = 60.0) -> str:
        """See stores.llm.Provider."""
        key = self._key()
        self._check_settings()
        library, http = load_extra(self.name, self.name), load_extra(_HTTP, self.name)
        opened = self._client(http, {"response": [Guard(http).response]})

        def ask() -> bytes | Failure:
            try:
                with opened as client:
                    service = self._service(library, client, key, timeout)
                    return self._content(service, prompt, max_tokens)
            except (library.APIError, http.HTTPError, http.InvalidURL, StopError) as error:
                return self._failure(error, library, key)

        answer = _within(timeout, ask)
        if answer is None:
            raise ProviderError(Failure(TIMEOUT))
        if isinstance(answer, Failure):
            raise ProviderError(answer)
        return self._text(answer)

    def sent(self, prompt: str, *, max_tokens: int = 4096, timeout: float = 60.0) -> Sent:
        """See stores.llm.Provider: the library makes the request, a hook takes it before it leaves."""
        self._check_settings()
        library, http = load_extra(self.name, self.name), load_extra(_HTTP, self.name)
        taken: list[Any] = []

        def take(request: Any) -> None:
            taken.append(request)
            raise _RecordedError

        unsent = contextlib.suppress(_RecordedError, library.APIError)
        with self._client(http, {"request": [take]}) as client, unsent:
            self._content(self._service(library, client, "masked", timeout), prompt, max_tokens)
        request = taken[0]
        headers = [(name, value) for name, value in request.headers.items()]
        lines = tuple(f"{name}: {MASK if name in _KEY_HEADERS else mask(value)}" for name, value in headers)
        body = json.dumps(json.loads(request.content), ensure_ascii=False, indent=2)
        return Sent(mask(f"{request.method} {request.url}"), lines, mask(body))

    def check(self) -> str:
        """See stores.llm.Provider."""
        require_extra(self.name, self.name)
        self._key()
        return f"{self._check_settings()} at {mask(self._settings.base_url)}"

    # -- what each does its own way ----------------------------------------------------------------

    def _content(self, client: Any, prompt: str, max_tokens: int) -> bytes:
        """The body of the response to one request."""
        raise AssertionError

    def _text(self, content: bytes) -> str:
        """The answer in that body. Raises ProviderError."""
        raise AssertionError

    # -- what must be there ------------------------------------------------------------------------

    def _client(self, http: ModuleType, hooks: dict[str, list[Callable[[Any], None]]]) -> Any:
        return open_client(http, self._settings.base_url, hooks, self._config)

    def _service(self, library: ModuleType, client: Any, key: str, timeout: float) -> Any:
        return getattr(library, self.client)(
            api_key=key,
            base_url=self._settings.base_url,
            http_client=client,
            max_retries=0,
            timeout=timeout,
        )

    def _check_settings(self) -> str:
        """The model. Raises UserError where it is missing, and for what the request could not be made of."""
        if not self._settings.model:
            cure = f'write `[providers.{self.name}]` with `model = "..."` into {self._config}'
            raise UserError(f"the provider {self.name} has no model", cure, kind="settings")
        check_address(self._settings.base_url, self.name, self._config)
        check_headers(self.headers)
        return self._settings.model

    def _key(self) -> str:
        """The key, which no message ever holds."""
        name = self._settings.key_env
        key = variable(name).strip()
        if not key:
            cure = f"set {name}, or name another variable as key-env in {self._config}"
            raise UserError(f"the provider {self.name} needs a key: {name} is not set", cure, kind="settings")
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise UserError(f"{name} holds no key: spaces or letters outside of ASCII", f"set {name} anew")
        return key

    # -- failures ----------------------------------------------------------------------------------

    def _failure(self, error: Exception, library: ModuleType, key: str) -> Failure:
        cause = error.__cause__ or error
        if isinstance(cause, StopError):
            return cause.failure
        if isinstance(error, library.APITimeoutError):
            return Failure(TIMEOUT)
        if isinstance(error, library.APIStatusError):
            return _of_status(error, key)
        reason = masked_and_capped(str(cause).replace(key, MASK), _SHOWN)
        return Failure(UNREACHABLE, reason)


class OpenAI(_Service):
    """Chat completions of OpenAI, or of any service that speaks the same language."""

    name = "openai"
    client = "OpenAI"
    headers = ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS")

    def _content(self, client: Any, prompt: str, max_tokens: int) -> bytes:
        # OpenAI's newer models refuse the older word, other services may know no other.
        official = self._settings.base_url.startswith(_OFFICIAL)
        limit = {"max_completion_tokens" if official else "max_tokens": max_tokens}
        response = client.chat.completions.with_raw_response.create(
            model=self._settings.model, messages=[{"role": "user", "content": prompt}], **limit
        )
        return bytes(response.http_response.content)

    def _text(self, content: bytes) -> str:
        return parse_openai(content)


class Anthropic(_Service):
    """The messages of Anthropic."""

    name = "anthropic"
    client = "Anthropic"
    headers = ("ANTHROPIC_CUSTOM_HEADERS",)

    def _content(self, client: Any, prompt: str, max_tokens: int) -> bytes:
        response = client.messages.with_raw_response.create(
            model=self._settings.model,
            max_tokens=max_tokens,
            messages=[{"role": "user", "content": prompt}],
        )
        return bytes(response.http_response.content)

    def _text(self, content: bytes) -> str:
        return parse_anthropic(content)


def _within(seconds: float, work: Callable[[], T]) -> T | None:
    """What the work gives, None if it takes longer: a server that drips must not hold us.

    The limits of the HTTP client are for each block alone. A thread that is late is left behind; it ends
    with the process at the latest.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    return done[0] if done else None


def _of_status(error: Any, key: str) -> Failure:
    """What an HTTP status says: RFC 9110, section 15, and 429 of RFC 6585."""
    status, response = int(error.status_code), error.response
    after = str(response.headers.get("retry-after", ""))
    words = masked_and_capped(parse_complaint(response.content).replace(key, MASK), _SHOWN)
    detail = f"HTTP {status}: {words}" if words else f"HTTP {status}"
    if status == 429:
        return Failure(RATE_LIMITED, detail, after)
    if status == 408:
        return Failure(TIMEOUT, detail, after)
    return Failure(SERVER_ERROR if status >= 500 else REFUSED, detail, after)
