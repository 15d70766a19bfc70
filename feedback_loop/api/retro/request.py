"""What was asked of a retro, and what became of it: values between a face and the api."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.retro import Retro


@dataclass(frozen=True)
class Choice:
    """A person's decision about an open proposal: `ID=accept|reject|archive|restore|keep[:reason]`."""

    id: str
    action: str
    reason: str = ""


@dataclass(frozen=True)
class RetroRequest:
    """Which period, until when, and how. At most one way to give a period; none = since the last retro.

    `as_of` ends time (seconds), None = the basis commit's own time. `worktree` counts what is not
    committed and makes a draft. `now` is the present in seconds, for locks and commits alone.
    """

    now: int
    since: str = ""
    period: str = ""
    from_ref: str = ""
    to_ref: str = ""
    as_of: int | None = None
    choices: tuple[Choice, ...] = ()
    include_critical: bool = False
    worktree: bool = False
    force: bool = False


@dataclass(frozen=True)
class Made:
    """A retro that was made, or the last one again (`is_new` False: nothing has happened since).

    `notes` are for stderr: records that are not committed and so not counted, damaged files.
    """

    retro: Retro
    is_new: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """The stored views against the newest stored retro, `name` ("" = there is none), and the library.

    `stale` are paths below the root; `edited` is the difference that people's edits of generated parts make.
    """

    name: str
    stale: tuple[str, ...] = ()
    edited: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a retro would write or has written. Paths are below the root.

    `stale` are views that are not as they should be, `moves` what is decided and not carried out yet, in
    words. `edited` is the difference that a person's edit of a generated part makes: then nothing was
    written. `commits` are the ids of the commits made.
    """

    made: Made
    stale: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    edited: str = ""
    written: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> int:
        """How many changes `--write` has to make."""
        return len(self.stale) + len(self.moves)
