"""Ask a provider for code; who gets no answer has the composer (D31)."""

from __future__ import annotations

from feedback_loop.api.asking import Waiting, ask_text
from feedback_loop.domain.provider import (
    INVALID,
    OFFLINE,
    PROVIDERS,
    Answer,
    Failure,
    Payload,
    ProviderSettings,
    Usable,
)
from feedback_loop.engines.generate.answer import code_of
from feedback_loop.errors import UserError
from feedback_loop.stores.llm import open_provider


def ask(
    payload: Payload,
    name: str,
    *,
    fallback: bool,
    settings: ProviderSettings | None = None,
    waiting: Waiting | None = None,
) -> Answer:
    """The code that the provider writes for the prompt, secrets in it masked as `describe` shows it.

    Asks `offline` nothing. What fails as `ask_text` says, and an answer without code, is with `fallback` the
    composer's to write, else UserError (provider). Other UserErrors as `ask_text`.
    """
    if name == OFFLINE:
        return Answer(None, OFFLINE)
    answer = ask_text(payload, name, settings=settings, waiting=waiting)
    code = None if isinstance(answer, Failure) else code_of(answer)
    if code is not None:
        return Answer(code, name)
    failure = answer if isinstance(answer, Failure) else Failure(INVALID, "no code in it")
    if not fallback:
        cure = "try again, or leave out --no-fallback: the offline composer needs nobody"
        raise UserError(f"{name} failed: {failure}", cure, kind="provider")
    note = f"{name} failed: {failure}; the code was composed offline"
    return Answer(None, f"{OFFLINE} ({name} failed: {failure.kind})", note)


def usable(settings: ProviderSettings) -> list[Usable]:
    """Each provider, whether it could be asked now; nobody is asked."""
    found = [Usable(OFFLINE, "the composer")]
    for name in PROVIDERS[1:]:
        try:
            found.append(Usable(name, open_provider(name, settings).check()))
        except UserError as error:
            found.append(Usable(name, trouble=error.message, cure=error.hint))
    return found
