"""The repository's settings file: `feedback-loop.toml` or `[tool.feedback-loop]` in pyproject.toml."""

from __future__ import annotations

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.errors import UserError
from feedback_loop.formats.settings_doc import SIZE_CAP, parse_settings
from feedback_loop.stores.files import safe_read

FILES = ("feedback-loop.toml", "pyproject.toml")


def load_settings(root: str) -> tuple[Settings, list[Problem]]:
    """The settings; the defaults, with the problems, where the file is broken or there are two."""
    found: list[Settings] = []
    problems: list[Problem] = []
    for name in FILES:
        try:
            data = safe_read(root, name, SIZE_CAP)
        except FileNotFoundError:
            continue
        except UserError as error:
            problems.append(Problem(name, 0, error.message))
            continue
        except OSError as error:
            problems.append(Problem(name, 0, f"cannot be read: {error.strerror}"))
            continue
        settings, more = parse_settings(data, name)
        problems += more
        if settings is not None:
            found.append(settings)
    if len(found) > 1:
        problems.append(Problem(FILES[0], 0, "settings stand here and in pyproject.toml: keep one of them"))
    return (found[0] if found else Settings()), problems
