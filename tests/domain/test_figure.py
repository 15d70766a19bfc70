"""The ids of figures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.figure import EVERY_MEASURE, HOTSPOT, FigureId, closest_figures, parse_figure
from feedback_loop.domain.names import is_name
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError

_NAMES = st.from_regex(r"[a-z][a-z0-9_]{1,20}", fullmatch=True)
_PERIODS = st.one_of(st.just(""), st.from_regex(r"[0-9A-Za-z._/~^-]{1,30}", fullmatch=True))
_PATHS = st.binary(min_size=1, max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@st.composite
def _ids(draw: st.DrawFn) -> FigureId:
    measure = draw(st.sampled_from(EVERY_MEASURE))
    path = draw(_PATHS) if measure == HOTSPOT else ""
    return FigureId(draw(_NAMES), measure, draw(_PERIODS), path)


@settings(max_examples=100, deadline=None)
@given(_ids())
def test_what_is_written_is_read_again_and_is_one_visible_word(figure: FigureId) -> None:
    text = str(figure)
    assert parse_figure(text) == figure
    assert text.split() == [text]
    assert visible(text) == text


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_id_or_refused_and_its_form_is_settled(text: str) -> None:
    for one in (text, f"ab.{text}", f"ab.hotspot:{text}", f"ab.open@{text}"):
        try:
            figure = parse_figure(one)
        except InputError as error:
            assert error.hint
        else:
            assert is_name(figure.name)
            assert figure.measure in EVERY_MEASURE
            assert parse_figure(str(figure)) == figure


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("ab.introduced", FigureId("ab", "introduced")),
        ("library.open@2026-W47", FigureId("library", "open", "2026-W47")),
        ("ab.effect@v1.2..v1.3", FigureId("ab", "effect", "v1.2..v1.3")),
        ("ab.hotspot:src/a.b/@2026-11", FigureId("ab", "hotspot", "2026-11", "src/a.b/")),
        ("ab.hotspot:a:b.py", FigureId("ab", "hotspot", "", "a:b.py")),
        ("ab.hotspot:a%40%25.py", FigureId("ab", "hotspot", "", "a@%.py")),
    ],
)
def test_the_parts_of_an_id(text: str, figure: FigureId) -> None:
    assert parse_figure(text) == figure
    assert str(figure) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "ab", "ab.", ".open", "Ab.open", "ab.opened", "ab.open@", "ab.open@a b", "ab.open@a@b"),
        *("ab.hotspot", "ab.hotspot:", "ab.hotspot:@x", "ab.open:x", "ab.open:", "ab.hotspot:\ud800"),
        "ab.hotspot:" + "x" * 9000,
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not the id of a figure"):
        parse_figure(text)


def test_three_ids_are_close_to_an_unknown_one_and_keep_its_period() -> None:
    names = ["bounds_checking", "specific_exceptions"]
    close = closest_figures("bound_checking.introduced@2026-W47", names)
    assert close[0] == "bounds_checking.introduced@2026-W47"
    assert len(set(close)) == 3
    assert closest_figures("specific_exceptions.intro", names)[0] == "specific_exceptions.introduced"
    assert all(parse_figure(one) for text in ("", "\x1b.\x1b@\x1b") for one in closest_figures(text, []))
