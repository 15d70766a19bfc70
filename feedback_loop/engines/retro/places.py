"""Where things happened: occurrences by site, what came back, hot spots."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from feedback_loop.domain.figure import FIXED, HOTSPOT, INTRODUCED, LIBRARY, FigureId
from feedback_loop.domain.history import INHERITED, NO_TIME, Fact, Held
from feedback_loop.domain.lives import Life
from feedback_loop.domain.moment import DAY, format_moment
from feedback_loop.domain.retro import HotSpot, Site
from feedback_loop.domain.text import visible
from feedback_loop.engines.retro.counts import made
from feedback_loop.engines.retro.held import open_places
from feedback_loop.engines.retro.inputs import RetroInput

MOST_SITES = 200  # of a list in the document; its first twenty are shown
OLDEST = 5
MOST_SPOTS = 10
_NEWS = (INTRODUCED, "restored")


def new_sites(given: RetroInput) -> tuple[Site, ...]:
    """Occurrences that were born in the period, those under a suppression left out.

    What is open stands where the basis has it, what is gone where it was.
    """
    landing, span = given.history.commits.landing, given.period.span
    still = [
        (held, fact)
        for held, fact in open_places(given)
        if fact is not None and fact.kind in _NEWS and span.holds(landing[fact.commit])
    ]
    gone = [life for life in given.lives.lives if life.end and _is_news(life) and _born_in(given, life)]
    found = [(_place_order(given, *one), _open_site(given, *one)) for one in still]
    found += [(_order(given, life), site_of(given, life)) for life in gone]
    return tuple(site for _, site in sorted(found, key=lambda pair: pair[0]))


def fixed_sites(given: RetroInput) -> tuple[Site, ...]:
    """Occurrences that a fix or a revert ended in the period."""
    landing, span = given.history.commits.landing, given.period.span
    return _sites(
        given,
        lambda life: (
            life.ended is not None and life.end in (FIXED, "reverted") and span.holds(landing[life.ended])
        ),
    )


def oldest_open(given: RetroInput) -> tuple[Site, ...]:
    """The five that have been open for longest; what a shallow clone began with is of unknown age."""
    known = [(held, fact) for held, fact in open_places(given) if fact is not None and fact.kind != INHERITED]
    known.sort(key=lambda one: _place_order(given, *one))
    return tuple(_open_site(given, held, fact) for held, fact in known[:OLDEST])


def returned(given: RetroInput) -> tuple[Site, ...]:
    """Born in the period with the identity of one that was fixed before (H24)."""
    return _sites(given, lambda life: life.again and not life.waived and _born_in(given, life))


def near_a_fix(given: RetroInput) -> tuple[Site, ...]:
    """Born in the period in a file where the pattern was fixed within 180 days; not those that came back."""
    return _sites(
        given,
        lambda life: life.same_place and not life.again and not life.waived and _born_in(given, life),
    )


def _sites(given: RetroInput, wanted: Callable[[Life], bool]) -> tuple[Site, ...]:
    chosen = sorted(filter(wanted, given.lives.lives), key=lambda life: _order(given, life))
    return tuple(site_of(given, life) for life in chosen)


def _order(given: RetroInput, life: Life) -> tuple[int, str, int, str]:
    return given.history.commits.landing[life.born], life.path, life.line, life.pattern


def _place_order(given: RetroInput, held: Held, fact: Fact) -> tuple[int, str, int, str]:
    return given.history.commits.landing[fact.commit], held.path, held.line, held.pattern


def _is_news(life: Life) -> bool:
    return life.kind in _NEWS and not life.waived and not life.inherited


def _born_in(given: RetroInput, life: Life) -> bool:
    return given.period.span.holds(given.history.commits.landing[life.born])


def _open_site(given: RetroInput, held: Held, fact: Fact) -> Site:
    """A line of the basis, with the commit that wrote it."""
    commits = given.history.commits
    landed = commits.landed_in(fact.commit)
    born = commits.times[landed]
    return Site(
        held.pattern,
        held.detector,
        shown_path(held.path),
        held.line,
        commits.oids[fact.commit],
        commits.oids[landed],
        fact.kind,
        "" if born == NO_TIME else format_moment(born),
        max(0, given.as_of - born) / DAY if born != NO_TIME else 0.0,
    )


def site_of(given: RetroInput, life: Life) -> Site:
    """The occurrence as a document names it."""
    commits = given.history.commits
    born = commits.times[life.born]
    until = given.as_of if life.ended is None else commits.times[life.ended]
    known = NO_TIME not in (born, until)
    return Site(
        life.pattern,
        life.detector,
        shown_path(life.path),
        life.line,
        commits.oids[life.written],
        commits.oids[life.born],
        "waived" if life.waived else life.kind,
        "" if born == NO_TIME else format_moment(born),
        max(0, until - born) / DAY if known else 0.0,
        life.end,
        commits.oids[life.ended if life.mended is None else life.mended] if life.ended is not None else "",
    )


def shown_path(path: str) -> str:
    r"""A path of git's as text that any document can hold: bad bytes and controls as `\xNN`."""
    return visible(path).replace("\t", "\\t")


def make_hot_spots(given: RetroInput) -> tuple[HotSpot, ...]:
    """The files with most introductions of the period, as the roll-up ranks them."""
    files = [one for one in given.hot_spots if one.introduced and not one.path.endswith("/")]
    behind = _introducers(given, {one.path for one in files[:MOST_SPOTS]})
    spots = []
    for one in files[:MOST_SPOTS]:
        identity = str(FigureId(LIBRARY, HOTSPOT, given.period.name, one.path))
        figure = made(given, identity, one.introduced, behind.get(one.path, ()))
        spots.append(HotSpot(shown_path(one.path), figure, one.fixed, one.added, one.rate, one.rate_before))
    return tuple(spots)


def _introducers(given: RetroInput, paths: Iterable[str]) -> dict[str, set[int]]:
    wanted, found = set(paths), dict[str, set[int]]()
    for life in given.lives.lives:
        if life.path in wanted and life.kind == INTRODUCED and not life.waived and _born_in(given, life):
            found.setdefault(life.path, set()).add(life.written)
    return found
