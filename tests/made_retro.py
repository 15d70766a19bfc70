"""A retro made by hand, in which something of everything happened: for its formats and views."""

from __future__ import annotations

from feedback_loop.domain.retro import (
    Action,
    Decision,
    Effect,
    Figure,
    Header,
    HotSpot,
    PlanRow,
    Proposal,
    Range,
    Releases,
    Retro,
    Row,
    Side,
    Site,
    Standing,
    TimeToFix,
    Use,
    Week,
)

PERIOD = "2026-W47"
OLD, NEW = "a" * 40, "b" * 40


def made_figure(name: str, measure: str, value: float | None, **more: tuple[str, ...]) -> Figure:
    """A figure of the period."""
    return Figure(f"{name}.{measure}@{PERIOD}", value, **more)


def made_row(
    name: str, introduced: int, fixed: int = 0, still: int = 0, word: str = "not enough data"
) -> Row:
    """A row of the table; events reported one occurrence."""
    return Row(
        name,
        name.capitalize(),
        "high",
        "warn",
        "active",
        made_figure(name, "introduced", introduced, commits=(NEW,)),
        made_figure(name, "fixed", fixed),
        Figure(f"{name}.open", still),
        1,
        made_figure(name, "frequency", introduced + 1, events=("e" * 64,)),
        word,
        2,
    )


def made_site(path: str, **more: str) -> Site:
    """An occurrence that is open, if `end` does not say otherwise."""
    given = {"commit": NEW, "landed_in": NEW, "kind": "introduced", "since": "2026-11-17T10:00:00Z"} | more
    return Site(pattern="bounds_checking", detector="index", path=path, line=4, days=2.5, **given)


def made_retro(name: str = "bounds_checking") -> Retro:
    """Of 2026-W47."""
    side = Side(40, 120.0), Side(12, 100.0)
    return Retro(
        range=Range(PERIOD, OLD, NEW, "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", (OLD,)),
        header=Header(
            NEW,
            "2026-11-23T00:00:00Z",
            12,
            4812,
            (("ignored commits", 2),),
            31,
            2,
            "d" * 64,
            "0.1.0",
            "f" * 64,
            ("history incomplete since 0123456789ab 2026-01-01",),
        ),
        sentences=(f"Better: `{name}` dropped.", "Worse: nothing notable.", "To decide: 1 proposal."),
        rows=(made_row(name, 3, 2, 1, "dropped"), made_row("quiet_one", 0)),
        new=(made_site("src/io.py"), made_site("b`.py", end="fixed", ended_by=OLD)),
        new_total=25,
        effects=(
            Effect(
                name,
                "dropped",
                "no clear change",
                Figure(f"{name}.effect", 0.36),
                0.1719,
                0.6999,
                False,
                52,
                *side,
                OLD,
                0.00117,
            ),
            Effect(
                "quiet_one",
                "not enough data",
                "",
                Figure("quiet_one.effect", None),
                None,
                None,
                True,
                1,
                *side,
                OLD,
            ),
        ),
        fixed=(made_site("src/old.py", end="fixed", ended_by=OLD),),
        fixed_total=1,
        time_to_fix=TimeToFix(Figure("library.time_to_fix", None), 5.0, None, 4, 1, ((2.5, 0.75),)),
        oldest=(made_site("src/io.py"),),
        again=(made_site("src/io.py"),),
        same_place=(made_site("src/near.py"),),
        hot_spots=(
            HotSpot("src/io.py", made_figure("library", "hotspot:src/io.py", 3), 1, 90, 33.333333333, None),
        ),
        plans=(PlanRow("plans/x.md", 3, 2, (("violated", 1),)),),
        use=(Use(name, made_figure(name, "declared", 2), made_figure(name, "preventions", 1), 4),),
        proposals=(
            Proposal(
                "0" * 12,
                "promote",
                "gap_one",
                "7 fixes in 5 files",
                shape="c" * 16,
                bad="x = ```\n\x1b[31m",
                good="y = 1",
                language="python",
                commits=(OLD,),
            ),
            Proposal("1" * 12, "archive", "quiet_one", "silent", "applied", (("quiet_one.open", "0"),)),
        ),
        decisions=(
            Decision(
                "e" * 64,
                "2026-11-20T00:00:00Z",
                "keep",
                name,
                "why | not",
                (("x.open", "1"),),
                (("x.open", "2"),),
            ),
        ),
        releases=Releases((("v1|2", NEW),), (OLD,), 0.125),
        degraded=(".feedback-loop/events/2026-11/x.json: damaged",),
        standings=(
            Standing(
                name,
                made_figure(name, "introduced", 12),
                made_figure(name, "fixed", 9),
                made_figure(name, "frequency", 15),
                3,
            ),
        ),
        weeks=(Week("2026-11-16", 3, 2),),
        former="2026-W46",
        actions=(Action("talk to <b>them</b>", False), Action("rest", True)),
        totals=(Figure(f"library.introduced@{PERIOD}", 3),),
    )
