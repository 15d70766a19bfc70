"""Specific exceptions, not bare except."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)
DEFAULT_TIMEOUT = 10


def bad_timeout(read: Callable[[], str]) -> object:
    """Takes a wrong document, a bug and Ctrl-C for a missing setting."""
    try:
        return json.loads(read())["timeout"]
    except:  # feedback-loop: ignore[specific_exceptions] the mistake that this module shows
        return DEFAULT_TIMEOUT


def good_timeout(read: Callable[[], str]) -> object:
    """What is expected has a handler of its own; all else rises."""
    try:
        settings = json.loads(read())
    except json.JSONDecodeError as error:
        logger.warning("settings are not valid JSON, using the default timeout: %s", error)
        return DEFAULT_TIMEOUT
    try:
        return settings["timeout"]
    except KeyError:
        logger.info("no timeout in the settings, using %d s", DEFAULT_TIMEOUT)
        return DEFAULT_TIMEOUT


def bad_send_all(messages: Iterable[str], send: Callable[[str], None]) -> None:
    """The caller cannot tell whether one message was sent or none."""
    for message in messages:
        try:
            send(message)
        # feedback-loop: ignore[specific_exceptions] the mistake that this module shows
        except Exception:
            continue


def good_send_all(messages: Iterable[str], send: Callable[[str], None]) -> list[str]:
    """The messages that were not sent; a bug in `send` rises."""
    failed = []
    for message in messages:
        try:
            send(message)
        except ConnectionError:
            logger.warning("message not sent: %r", message, exc_info=True)
            failed.append(message)
    return failed
