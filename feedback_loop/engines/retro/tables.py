"""The tables of a retro: patterns, their use, and what AI_PATTERNS.md says of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedback_loop.domain.bands import band
from feedback_loop.domain.effect import NOT_ENOUGH
from feedback_loop.domain.figure import (
    EFFECT,
    EXPOSURE,
    FIXED,
    FREQUENCY,
    INTRODUCED,
    OPEN,
    REINTRODUCED,
    RESTORED,
    WAIVED,
    WAIVER_RATE,
    FigureId,
)
from feedback_loop.domain.retro import Figure, Row, Standing, Use
from feedback_loop.engines.retro.counts import Counts, open_figures
from feedback_loop.engines.retro.inputs import RetroInput


def make_rows(given: RetroInput, counts: Counts) -> tuple[Row, ...]:
    """Every pattern that is active or that something happened to, by band of its frequency, then name."""
    words = {one.pattern: one.verdict for one in given.effects}
    still = open_figures(given)
    rows = []
    for one in given.patterns:
        frequency = counts.frequency(one.name)
        row = Row(
            one.name,
            one.title,
            one.severity,
            one.level,
            one.state,
            counts.introduced(one.name),
            counts.fixed(one.name),
            still[one.name],
            counts.reported(one.name),
            frequency,
            words.get(one.name, NOT_ENOUGH),
            band(int(frequency.value or 0)),
        )
        if one.state == "active" or not row.is_quiet:
            rows.append(row)
    return tuple(sorted(rows, key=lambda row: (-row.band, row.is_quiet, row.pattern)))


def make_totals(rows: Iterable[Row], counts: Counts) -> tuple[Figure, ...]:
    """The sums of the table's columns."""
    listed = tuple(rows)
    return (
        counts.total(INTRODUCED, (one.introduced for one in listed)),
        counts.total(FIXED, (one.fixed for one in listed)),
        counts.total(OPEN, (one.open for one in listed)),
        counts.total(FREQUENCY, (one.frequency for one in listed)),
    )


def make_use(given: RetroInput, counts: Counts) -> tuple[Use, ...]:
    """Patterns that were declared, injected, or prevented something in the period."""
    found = []
    for one in given.patterns:
        declared, prevented = counts.declared(one.name), counts.preventions(one.name)
        use = Use(one.name, declared, prevented, counts.injections(one.name))
        if declared.value or prevented.value or use.injections:
            found.append(use)
    return tuple(
        sorted(
            found,
            key=lambda use: (
                -band(int((use.preventions.value or 0) + (use.declared.value or 0))),
                use.pattern,
            ),
        )
    )


def make_standings(given: RetroInput, recent: Counts) -> tuple[Standing, ...]:
    """Active patterns by name, with the counts of the last 90 days."""
    return tuple(
        Standing(
            one.name,
            recent.introduced(one.name),
            recent.fixed(one.name),
            recent.frequency(one.name),
            recent.reported(one.name),
        )
        for one in sorted(given.patterns, key=lambda one: one.name)
        if one.state == "active"
    )


def values_of(given: RetroInput, rows: Iterable[Row], uses: Iterable[Use]) -> Mapping[str, str]:
    """Figure id -> its value now, as text: what a decision's figures became; without a period, ever since."""
    found: dict[str, str] = {}
    for one in given.ever.values():
        n = one.waived + one.occurrences
        ever = {
            INTRODUCED: one.introduced,
            FIXED: one.fixed,
            RESTORED: one.restored,
            REINTRODUCED: one.reintroduced,
            WAIVED: one.waived,
            EXPOSURE: one.exposure,
            WAIVER_RATE: f"{one.waived / n if n else 0:.4f}",
        }
        found |= {str(FigureId(one.pattern, measure)): str(value) for measure, value in ever.items()}
    for effect in given.effects:
        if effect.ratio is not None:
            found[str(FigureId(effect.pattern, EFFECT))] = f"{effect.ratio.value:.4f}"
    figures = [figure for row in rows for figure in (row.introduced, row.fixed, row.open, row.frequency)]
    figures += [figure for use in uses for figure in (use.declared, use.preventions)]
    return found | {figure.id: f"{figure.value:g}" for figure in figures if figure.value is not None}
