"""`plans/retros/<period>.json`: written, read strictly, small enough to be read again."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain import retro as values
from feedback_loop.domain.retro import MOST_SOURCES, Figure, Generation, Ratings, Retro
from feedback_loop.formats.retro_json import as_stored, format_retro, parse_retro
from feedback_loop.formats.schema import schema_text
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.render.retro_text import render_retro_text
from tests.made_retro import made_figure, made_retro, made_row


def read(text: str) -> Retro:
    retro, problems = parse_retro(text.encode(), "r.json")
    assert not problems
    assert retro is not None
    return retro


def test_what_is_written_is_read_back_to_the_byte() -> None:
    text = format_retro(made_retro())
    assert text.isascii()
    assert text.endswith("}\n")
    assert format_retro(read(text)) == text
    assert as_stored(made_retro()) == read(text)


def test_fractions_keep_six_digits_and_counts_all_of_theirs() -> None:
    retro = read(format_retro(made_retro()))
    assert retro.hot_spots[0].rate == 33.3333
    assert retro.effects[0].p_adjusted == 0.00117
    many = replace(made_retro(), new_total=123_456_789)
    assert read(format_retro(many)).new_total == 123_456_789


def test_a_figure_names_a_hundred_sources_and_says_how_many_more() -> None:
    commits = tuple(f"{number:040x}" for number in range(MOST_SOURCES + 5))
    retro = replace(made_retro(), totals=(made_figure("library", "fixed", 105, commits=commits),))
    (figure,) = read(format_retro(retro)).totals
    assert (figure.commits, figure.more) == (commits[:MOST_SOURCES], 5)


def test_a_document_that_would_be_too_large_names_fewer_sources() -> None:
    commits = tuple(f"{number:040x}" for number in range(MOST_SOURCES))
    rows = tuple(
        replace(made_row(f"p{number}", 3), introduced=Figure("x.introduced", 100, commits))
        for number in range(400)
    )
    text = format_retro(replace(made_retro(), rows=rows))
    assert len(text) <= SIZE_CAP
    figure = read(text).rows[0].introduced
    assert 0 < len(figure.commits) < MOST_SOURCES
    assert len(figure.commits) + figure.more == MOST_SOURCES


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema_version": 2}, "version 2 needs a newer feedback-loop"),
        ({"colour": 1}, "unknown key"),
        ({"rows": None}, "expected array"),
        ({"sentences": ["one"]}, "/sentences"),
        ({"new_total": "3"}, "expected integer"),
        ({"former": "\ud800"}, "lone surrogate"),
    ],
)
def test_what_is_wrong_is_told(change: dict[str, Any], told: str) -> None:
    value = json.loads(format_retro(made_retro())) | change
    retro, problems = parse_retro(json.dumps(value).encode(), "r.json")
    assert retro is None
    assert any(told in str(problem) for problem in problems)


@pytest.mark.parametrize(
    "path",
    [("range", "name"), ("header", "basis"), ("header", "tool"), ("rows", 0, "word"), ("new", 0, "end")],
)
def test_what_a_view_shows_as_it_is_must_be_plain(path: tuple[Any, ...]) -> None:
    value = json.loads(format_retro(made_retro()))
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = "<b>../../x`\n"
    assert parse_retro(json.dumps(value).encode(), "r.json")[0] is None


def test_the_schema_and_the_values_have_the_same_fields() -> None:
    schema = json.loads(schema_text("retro"))
    assert schema["properties"].keys() - {"schema_version"} == {one.name for one in fields(Retro)}
    shapes = {tuple(sorted(one["properties"])) for one in schema["$defs"].values()}
    parts = [one for one in vars(values).values() if is_dataclass(one) and one is not Retro]
    assert shapes == {tuple(sorted(one.name for one in fields(part))) for part in parts}
    for one in (schema, *schema["$defs"].values()):
        assert sorted(one["properties"].keys() - {"generation", "ratings"}) == one["required"]
        assert one["additionalProperties"] is False


def test_the_generation_line_is_missing_where_there_were_no_runs_and_read_back_where_there_were() -> None:
    """Documents from before it are read as they were written."""
    without = made_retro()
    assert '"generation"' not in format_retro(without)
    told = replace(without, generation=Generation(3, 4, 1, 5, 2, 2 / 7))
    stored, problems = parse_retro(format_retro(told).encode(), "r.json")
    assert (stored, problems) == (
        replace(as_stored(without), generation=Generation(3, 4, 1, 5, 2, 0.285714)),
        [],
    )
    line = (
        "  generation: 3 failures captured in 4 runs, 0.25 repeated per run, "
        "prevention rate 28.57 % (2 prevented, 5 came)\n"
    )
    assert f"\nPrompts and assistants\n{line}" in render_retro_text(told)
    assert "Prompts and assistants" not in render_retro_text(without)
    value = json.loads(format_retro(told))
    value["generation"] |= {"captured": "3"}
    assert parse_retro(json.dumps(value).encode(), "r.json")[0] is None


def test_the_line_of_ratings_is_missing_where_nothing_was_rated_and_read_back_where_something_was() -> None:
    without = made_retro()
    assert '"ratings"' not in format_retro(without)
    told = replace(without, ratings=Ratings(50, 20, 0.27612345, 0.5382, 45, 36, "declined"))
    stored = read(format_retro(told))
    assert stored.ratings == Ratings(50, 20, 0.276123, 0.5382, 45, 36, "declined")
    line = "ratings: 40.0 % of 50 ratings (95 % interval 27.6 to 53.8 %) are successes, declined; 80.0 % of 45 in the period before"
    assert f"\nPrompts and assistants\n  {line}\n\n" in render_retro_text(told)
    both = render_retro_text(replace(told, generation=Generation(3, 4, 1, 5, 2, 0.5)))
    assert f"\nPrompts and assistants\n  {line}\n  generation: " in both
    first = render_retro_text(replace(told, ratings=Ratings(1, 1, 0.2, 1.0, 0, 0, "not enough data")))
    assert (
        "100.0 % of 1 rating (95 % interval 20.7 to 100.0 %) are successes, not enough data; no ratings in the"
        in first
    )
    for bad in ({"n": 0}, {"verdict": "<b>"}, {"positive": 10**400}):
        value = json.loads(format_retro(told))
        value["ratings"] |= bad
        assert parse_retro(json.dumps(value).encode(), "r.json")[0] is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=50, deadline=None)
@given(st.data(), JSON)
def test_any_other_value_anywhere_is_read_or_refused(data: st.DataObject, value: Any) -> None:
    document = json.loads(format_retro(made_retro()))
    inner: Any = document
    while True:
        keys = sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.booleans()):
            break
        inner = inner[key]
    inner[key] = value
    text = json.dumps(document)
    retro, problems = parse_retro(text.encode("utf-8", "surrogatepass"), "r.json")
    assert (retro is None) == bool(problems)
    if retro is not None:
        assert format_retro(read(format_retro(retro))) == format_retro(retro)
