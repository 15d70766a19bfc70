"""The further blocks of AI_PATTERNS.md, and the figures in the first one (H81, H82)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.guide import GuidePattern, Sample
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_block import format_guide, kept_metrics
from feedback_loop.formats.guide_doc import parse_guide
from feedback_loop.formats.managed_block import find_block

NAMED = GuidePattern("named", "Named", problems=("hidden",), bad=(Sample("**Metrics:** of the code"),))
OTHER = GuidePattern("other", "Other", problems=("slow",))
VIEWS = {"summary": "\n## Summary\n\n| a |\n| --- |\n\n", "retros": "\n## Retros\n\n- [x](x.md)\n\n"}
BREAKS = dict.fromkeys(map(ord, "\r\n"))
METRICS = {"named": "3 introductions", "other": "none"}


def made(old: str | None = None, **more: object) -> str:
    options = {"metrics": METRICS, "views": VIEWS} | more
    return format_guide(old, [NAMED, OTHER], "g", **options).text  # type: ignore[arg-type]


def test_without_views_there_is_one_block() -> None:
    text = format_guide(None, [NAMED], "g").text
    assert text.count("feedback-loop:begin") == 1
    assert "**Metrics:** 3" not in text


def test_views_stand_behind_the_patterns_and_a_second_run_changes_nothing() -> None:
    text = made()
    places = [text.index(f"feedback-loop:begin {name} ") for name in ("patterns", "summary", "retros")]
    assert places == sorted(places)
    assert made(text) == text
    assert [one.name for one in parse_guide(text, "g").patterns] == ["named", "other"]


def test_new_views_come_into_a_guide_of_patterns_alone() -> None:
    plain = format_guide(None, [NAMED, OTHER], "g", metrics=METRICS).text
    assert made(plain) == made()
    hand = plain + "\n## Ours\n\nKept.\n"
    text = made(hand)
    assert text.endswith("<!-- feedback-loop:end retros -->\n\n## Ours\n\nKept.\n")
    assert made(text) == text


def test_an_export_without_figures_keeps_those_of_the_last_retro() -> None:
    text = made()
    assert format_guide(text, [NAMED, OTHER], "g").text == text
    assert kept_metrics(find_block(text, "patterns", "g").body) == METRICS  # type: ignore[union-attr]
    gone = format_guide(text, [OTHER], "g").text
    assert "**Metrics:** none" in gone
    assert "3 introductions" not in gone


def test_an_edited_view_stops_it_until_it_is_forced() -> None:
    text = made().replace("- [x](x.md)", "- by hand")
    stopped = format_guide(text, [NAMED, OTHER], "g", metrics=METRICS, views=VIEWS)
    assert stopped.text == text
    assert "+- [x](x.md)" in stopped.edited
    assert made(text, force=True) == made()


def test_marks_of_a_merge_inside_a_block_are_healed_and_across_its_edge_refused() -> None:
    text = made()
    inside = text.replace("- [x](x.md)", "<<<<<<< ours\n- [x](x.md)\n=======\n- [y](y.md)\n>>>>>>> theirs")
    assert made(inside, heal=True) == text
    with pytest.raises(InputError, match="unfinished merge"):
        made(inside)
    begin = next(line for line in text.split("\n") if "begin retros" in line)
    across = text.replace(begin, f"<<<<<<< ours\n{begin}\n=======\n{begin}\n>>>>>>> theirs")
    with pytest.raises(InputError, match=r"g:\d+: marks of an unfinished merge \(lines"):
        made(across, heal=True)


@settings(max_examples=100, deadline=None)
@given(st.text("ab#`~*-|<!> \n[]", max_size=60), st.sampled_from(["\n", "\r\n"]))
def test_whatever_stands_around_the_blocks_stays(hand: str, end: str) -> None:
    old = hand.replace("\n", end)
    try:
        text = made(old)
    except InputError:
        return  # a fence or comment that does not end: nobody would see the blocks
    assert made(text) == text
    rest = text
    for name in ("patterns", "summary", "retros"):
        block = find_block(rest, name, "g")
        assert block is not None
        rest = rest[: block.begin] + rest[block.end :]
    assert rest.translate(BREAKS) == old.translate(BREAKS)
