"""What setting up a repository would do, and what it did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """One file or setting, and what happened to it; `note` says more where there is more to say.

    `action` is written, kept, moved, restored, removed or left.
    """

    path: str
    action: str
    note: str = ""


@dataclass(frozen=True)
class StartPlan:
    """What `init` would write: (path, bytes); what it keeps; the exclude file that needs our line, or "".

    `folder` is the library's, `patterns` how many patterns would come into it.
    """

    folder: str
    patterns: int
    files: tuple[tuple[str, bytes], ...]
    kept: tuple[Change, ...]
    exclude: str

    @property
    def empty(self) -> bool:
        """Whether everything is in place already."""
        return not self.files and not self.exclude


@dataclass(frozen=True)
class HookReport:
    """How `install` or `uninstall` ended.

    `route` is git, pre-commit, prek, lefthook, husky or config. `add` are lines a person has to put into
    the file `add_to`; `next` is the command that follows, `notes` what to know besides. `done` is False
    while something is left for a person to do.
    """

    route: str
    done: bool
    changes: tuple[Change, ...] = ()
    add_to: str = ""
    add: str = ""
    next: str = ""
    notes: tuple[str, ...] = ()


STARTER_SETTINGS = """\
# Settings of feedback-loop. Every line is an example; take the `# ` away to make it count.

# patterns = "patterns"         # the folder of the library
# fail-on = "block"             # what stops a commit: block | warn | hint | never
# on-error = "open"             # when the tool itself fails: open lets the commit pass, closed does not
# exclude = ["generated/**"]    # paths that are never scanned

# [levels]                      # what a finding does here: block | warn | hint | off
# specific_exceptions = "warn"
"""
