"""Providers of code behind one protocol (D30). What they answer is text: nothing here looks into it."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from typing import Protocol

from feedback_loop.domain.provider import (
    ANSWER_CAP,
    EMPTY,
    FAILED,
    INVALID,
    PROVIDERS,
    TIMEOUT,
    TOO_LARGE,
    Failure,
    ProviderError,
    ProviderSettings,
    Sent,
)
from feedback_loop.domain.secrets import mask, masked_and_capped
from feedback_loop.errors import UserError
from feedback_loop.stores.child import Ended, run_child
from feedback_loop.stores.extras import is_inside, repository_around
from feedback_loop.stores.system import environment, variable

_SHOWN = 300  # characters of what a program complains


class Provider(Protocol):
    """Somebody who answers a prompt."""

    def complete(self, prompt: str, *, max_tokens: int = 4096, timeout: float = 60.0) -> str:
        """One attempt within `timeout` seconds. Raises ProviderError, UserError if something is missing."""

    def sent(self, prompt: str, *, max_tokens: int = 4096, timeout: float = 60.0) -> Sent:
        """What `complete` would send, keys masked; nothing is sent and no key is read."""

    def check(self) -> str:
        """What it would use, in a few words. Raises UserError with the cure where something is missing."""


def open_provider(name: str, settings: ProviderSettings) -> Provider:
    """The provider of this name; nothing is loaded or started yet. Raises UserError if there is none."""
    if name == "command":
        return Command(settings.argv, settings.path)
    if name in ("openai", "anthropic"):
        from feedback_loop.stores.llm_http import Anthropic, OpenAI

        if name == "openai":
            return OpenAI(settings.openai, settings.path)
        return Anthropic(settings.anthropic, settings.path)
    raise UserError(f"no provider is called {name!r}", f"known: {', '.join(PROVIDERS)}", kind="usage")


class Command:
    """A program of the user's: the prompt on its standard input, the answer on its standard output.

    It runs without a shell, in an empty temporary folder: neither this repository's files nor what they say
    to assistants are there to be read. It has the user's environment, where its own keys may stand.
    """

    def __init__(self, argv: tuple[str, ...], config: str) -> None:
        self._argv = argv
        self._config = config

    def complete(self, prompt: str, *, max_tokens: int = 4096, timeout: float = 60.0) -> str:
        """See Provider; `max_tokens` is for the program's own settings to say."""
        command = [self._program(), *self._argv[1:]]
        with tempfile.TemporaryDirectory(prefix="feedback-loop-", ignore_cleanup_errors=True) as folder:
            try:
                ended = run_child(
                    command,
                    prompt.encode("utf-8", "replace"),
                    folder=folder,
                    environment=environment() | {"PWD": folder},
                    seconds=timeout,
                    cap=ANSWER_CAP,
                )
            except OSError as error:  # no interpreter, not this machine's
                raise UserError(
                    f"{command[0]} cannot be started: {error.strerror}", self._cure(), kind="settings"
                ) from error
        return _answer(ended)

    def sent(self, prompt: str, *, max_tokens: int = 4096, timeout: float = 60.0) -> Sent:
        """See Provider."""
        if not self._argv:
            raise self._unset()
        return Sent(mask(shlex.join(self._argv)), ("(standard input)",), mask(prompt))

    def check(self) -> str:
        """See Provider."""
        return self._program()

    def _program(self) -> str:
        """Its absolute path: as the settings write it, or from an entry of PATH outside of the repository."""
        if not self._argv:
            raise self._unset()
        name = self._argv[0]
        if "/" in name:
            if name.startswith("/") and shutil.which(name):
                return name
            raise UserError(f"no program {name}", self._cure(), kind="settings")
        top = repository_around()
        entries = [entry for entry in variable("PATH").split(os.pathsep) if entry.startswith("/")]
        found = shutil.which(name, path=os.pathsep.join(one for one in entries if not is_inside(one, top)))
        if found is None:
            raise UserError(
                f"no program {name!r} on PATH outside of the repository", self._cure(), "settings"
            )
        return found

    def _unset(self) -> UserError:
        cure = f'write `[providers.command]` with `argv = ["llm"]` into {self._config}'
        return UserError("the provider command names no program", cure, kind="settings")

    def _cure(self) -> str:
        return f"install it, or write its absolute path into argv of {self._config}"


def _answer(ended: Ended) -> str:
    """The answer, or ProviderError with what the program complained, masked."""
    complaint = ended.errors.decode("utf-8", "replace").strip()
    if ended.late:
        raise ProviderError(Failure(TIMEOUT))
    if ended.flooded:
        raise ProviderError(Failure(TOO_LARGE, f"more than {ANSWER_CAP} bytes"))
    if ended.code:
        how = f"signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
        shown = masked_and_capped(complaint, _SHOWN)
        raise ProviderError(Failure(FAILED, f"{how}: {shown}" if shown else how))
    try:
        text = ended.output.decode("utf-8")
    except UnicodeDecodeError:
        raise ProviderError(Failure(INVALID, "not UTF-8")) from None
    if not text.strip():
        raise ProviderError(Failure(EMPTY))
    return text
