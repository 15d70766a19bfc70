"""The loop lived through in a throwaway repository: real git, the real hook, its output as it came."""

from __future__ import annotations

from collections.abc import Iterator

from feedback_loop.api.hooks import install
from feedback_loop.api.patterns.questions import find_pattern, list_patterns
from feedback_loop.api.setup import plan_start, write_start
from feedback_loop.domain.demo import Step
from feedback_loop.errors import MachineFault
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.git import ScratchRepository
from feedback_loop.workspace import Workspace

_FILE = "settings.py"
_OLD = '''"""Settings of our service."""

import json


def show(settings):
    print(settings)  # old code: it does not block anybody
'''
_MISTAKE = """

def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except:
        return {}
"""
_FIX = _MISTAKE.replace("    except:\n        return {}", "    except FileNotFoundError:\n        return {}")


def run_demo(folder: str, color: bool = False) -> Iterator[Step]:
    """Live the loop in the empty folder, step by step.

    Raises MachineFault if a step does not end as it must: the demo shows what happened or nothing.
    """
    repository = ScratchRepository(folder)
    yield _old_code(repository)
    workspace = Workspace.open(folder)
    yield _lessons(repository, workspace)
    yield _stage(repository, _MISTAKE, "A mistake, staged", _MISTAKE_WORDS)
    yield _commit(repository, 1, "The commit is blocked", _BLOCKED_WORDS, color)
    yield _lesson(workspace)
    yield _stage(repository, _FIX, "The fix", "Name the exception you expect; let the others rise.")
    yield _commit(repository, 0, "The commit passes", _PASSED_WORDS, color)


_MISTAKE_WORDS = "New code, perhaps written by an assistant that knew the rule and broke it all the same."
_BLOCKED_WORDS = (
    "The hook read the index, parsed the new text and looked at the added lines only. "
    "The old print() stays where it is; the new `except:` does not get in."
)
_PASSED_WORDS = "No server, no account, no model: patterns/ in your repository, and git."


def _old_code(repository: ScratchRepository) -> Step:
    atomic_write(f"{repository.root}/{_FILE}", _OLD.encode())
    _git(repository, "add", ".")
    _git(repository, "commit", "-q", "-m", "old code")
    text = "An ordinary repository: some code, and no lessons yet."
    return Step("A repository", text, f"git show HEAD:{_FILE}", _OLD)


def _lessons(repository: ScratchRepository, workspace: Workspace) -> Step:
    write_start(workspace, plan_start(workspace))
    install(workspace, "git")
    _git(repository, "add", ".")
    _git(repository, "commit", "-q", "-m", "lessons")
    library, _ = list_patterns(workspace)
    rows = [f"{pattern.name:<28}{pattern.guidance}" for pattern in library.active]
    text = "Each lesson is a pattern: two files in patterns/, reviewed like code. A git hook now holds them."
    return Step("The lessons", text, "feedback-loop init && feedback-loop install", "\n".join(rows) + "\n")


def _stage(repository: ScratchRepository, code: str, title: str, words: str) -> Step:
    atomic_write(f"{repository.root}/{_FILE}", (_OLD + code).encode())
    _git(repository, "add", ".")
    return Step(title, words, f"git add {_FILE}", "".join(f"+ {line}\n" for line in code.strip().split("\n")))


def _commit(repository: ScratchRepository, expected: int, title: str, words: str, color: bool) -> Step:
    code, output = repository.run("commit", "-m", "load the settings", color=color)
    if code != expected:
        raise MachineFault(
            f"the demo's commit ended with {code} instead of {expected}:\n{output}", kind="git"
        )
    return Step(title, words, "git commit -m 'load the settings'", output)


def _lesson(workspace: Workspace) -> Step:
    library, _ = list_patterns(workspace)
    pattern = find_pattern(library, "specific_exceptions")
    text = (
        f"{pattern.title}. {pattern.guidance} "
        f"`feedback-loop explain {pattern.name}` shows all of it; this is its good example:"
    )
    return Step("The lesson", text, output=pattern.good[0].code)


def _git(repository: ScratchRepository, *arguments: str) -> None:
    code, output = repository.run(*arguments)
    if code:
        raise MachineFault(f"git {arguments[0]} failed in the demo:\n{output}", kind="git")
