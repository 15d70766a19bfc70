"""The HTTP client below the providers' libraries: where a key may go, and what may come back.

No key follows a redirect to another host or travels unencrypted to another machine, and no answer fills the
memory. What the user's environment says of proxies and certificates holds for https; what stands there and
cannot be used is a UserError that names the variable.
"""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from feedback_loop.domain.provider import ANSWER_CAP, INVALID, TOO_LARGE, Failure
from feedback_loop.domain.secrets import mask, masked_and_capped
from feedback_loop.errors import UserError
from feedback_loop.stores.system import variable

_SHOWN = 200  # characters of what a library complains
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSLKEYLOGFILE")
_PLAIN = "http://"
_HOST = re.compile(r"http://(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::[0-9]+)?(?:/.*)?")


class StopError(Exception):
    """Raised in the client's hooks; the libraries hand it on as the cause of their own error."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind)
        self.failure = failure


def check_address(url: str, provider: str, config: str) -> None:
    """Raises UserError for plain http:// to another machine: everybody on the way could read the key."""
    host = _HOST.fullmatch(url)
    if url.startswith(_PLAIN) and not (host and is_loopback(host[1] or host[2])):
        raise UserError(
            f"the provider {provider}: {mask(url)} is another machine, and http:// would show it the key "
            "unencrypted",
            f"write https:// into base-url of {config}, or tunnel to an address on this machine (ssh -L)",
            kind="settings",
        )


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: `localhost` and names below it (RFC 6761), 127.0.0.0/8, ::1."""
    name = host.casefold().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_headers(names: Iterable[str]) -> None:
    """Raises UserError for a variable whose value becomes a header and cannot be one."""
    for name in names:
        value = variable(name).replace("\r\n", "\n").replace("\n", " ")
        if not (value.isascii() and value.isprintable()):
            cure = f"set {name} anew, or unset it"
            raise UserError(f"{name} holds what no HTTP header can", cure, kind="settings")


def open_client(
    http: ModuleType, url: str, hooks: dict[str, list[Callable[[Any], None]]], config: str
) -> Any:
    """The client as we want it; its limits of time are the library's to set.

    What is on this machine is reached without a proxy, which would see the key. Raises UserError for an
    address that is none, and for proxies and certificates of the environment that cannot be used.
    """
    try:
        http.URL(url)
    except http.InvalidURL as error:
        cure = f"mend base-url in {config}"
        raise UserError(f"{mask(url)!a} is no address: {_reason(error)}", cure, kind="settings") from error
    headers = {"accept-encoding": "identity"}
    is_far = not url.startswith(_PLAIN)
    try:
        return http.Client(event_hooks=hooks, follow_redirects=False, headers=headers, trust_env=is_far)
    except (ImportError, ValueError, OSError, http.InvalidURL) as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> UserError:
    """Which variables say what cannot be used; their values may hold passwords."""
    is_file = isinstance(error, OSError)
    names = _CERTIFICATES if is_file else (*_PROXIES, *map(str.lower, _PROXIES))
    named = [name for name in names if variable(name)] or [
        "the system's certificates" if is_file else "the system's proxy"
    ]
    reason, cure = _reason(error), "mend it or unset it"
    if isinstance(error, ImportError):
        reason = "a SOCKS proxy needs the package socksio"
        cure = f"`{sys.executable} -m pip install socksio`, or unset it"
    return UserError(f"{', '.join(named)} cannot be used: {reason}", cure, kind="settings")


def _reason(error: Exception) -> str:
    return masked_and_capped(str(error), _SHOWN)


class Guard:
    """Keeps a response to what we asked for: no compression (a bomb), no more than the cap."""

    def __init__(self, http: ModuleType) -> None:
        class Capped(http.SyncByteStream):  # type: ignore[name-defined,misc]
            def __init__(self, stream: Any) -> None:
                self._stream = stream

            def __iter__(self) -> Iterator[bytes]:
                seen = 0
                for block in self._stream:
                    seen += len(block)
                    if seen > ANSWER_CAP:
                        raise StopError(Failure(TOO_LARGE, f"more than {ANSWER_CAP} bytes"))
                    yield block

            def close(self) -> None:
                self._stream.close()

        self._capped = Capped

    def response(self, response: Any) -> None:
        """The client's hook: raises StopError, now or while the body is read."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise StopError(Failure(INVALID, "compressed, though that was not asked for"))
        response.stream = self._capped(response.stream)
