"""A retro as markdown and as text: the order, the first screen, and nothing of a stranger's that acts."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.domain.retro import Figure, Header, Range, Retro, Row
from feedback_loop.formats.markdown import outline
from feedback_loop.render.retro_html import render_retro_html
from feedback_loop.render.retro_markdown import render_retro_markdown
from feedback_loop.render.retro_text import render_retro_text
from tests.made_retro import made_figure, made_retro, made_row, made_site

EMPTY = Retro(
    Range("2026-W47", "", "", "", ""),
    Header("b" * 40, "2026-11-23T00:00:00Z", 0, 0, (), 0, 0, "", "0.1.0", ""),
    ("Better: nothing notable.", "Worse: nothing notable.", "To decide: nothing notable."),
)


def test_an_empty_retro_has_one_line_a_section() -> None:
    text = render_retro_markdown(EMPTY)
    assert "##" not in text
    assert "- the beginning to unknown (`the first commit..no commit`), as of 2026-11-23T00:00:00Z\n" in text
    for line in (
        "No patterns.",
        "No new occurrences.",
        "No hot spots.",
        "No proposals.",
        "Everything could be read.",
    ):
        assert f"\n{line}\n" in text
    assert text.endswith("No actions from the retro before.\n")
    assert "no patterns" in render_retro_text(EMPTY)


def test_the_sections_stand_in_their_order() -> None:
    titles = [part.title for part in outline(render_retro_markdown(made_retro())).parts]
    assert titles == [
        "New occurrences",
        "Effects whose word changed",
        "Fixed, and the oldest that are open",
        "Came back",
        "Hot spots",
        "Plans",
        "Preventions and use",
        "Proposals",
        "Decisions since the last retro",
        "Tags and reverts",
        "Degraded input",
        "Actions of the retro before (2026-W46)",
    ]


def test_the_first_screen_has_24_lines_of_a_hundred_columns() -> None:
    names = [f"{letter}" + "x" * 63 for letter in "abcdefghijk"]
    rows = tuple(made_row(name, 1_234_567, 1_234_567, 1_234_567, "no clear change") for name in names)
    retro = replace(
        made_retro(),
        rows=rows,
        range=replace(made_retro().range, name="v1.2.0-rc1_v1.3.0-rc1-0123abcd-4567cdef"),
    )
    for text in (render_retro_markdown(retro), render_retro_text(retro)):
        screen = text.split("\n")[:24]
        assert any("and 4 more patterns" in line for line in screen)
        assert max(map(len, screen)) <= 100, max(screen, key=len)


def test_figures_of_the_table_and_the_rest() -> None:
    text = render_retro_markdown(made_retro())
    assert "| `bounds_checking` | 3 | 2 | 1 | 1 | dropped |" in text
    assert "- 12 of 4,812 commits; skipped in all of history: 2 ignored commits; 31 events, 2 late" in text
    assert "- incomplete; detectors `dddddddddddd`; feedback-loop 0.1.0; 1 commit with odd clocks" in text
    assert "- `history incomplete since 0123456789ab 2026-01-01`" in text
    assert "and 23 more: `feedback-loop history --period 2026-W47 --format jsonl`" in text
    assert "`bounds_checking`: dropped (was: no clear change): 0.36 (0.17-0.70), n = 52; " in text
    assert "- median time to fix: not reached (1 of 4 fixed; 95 % 5.00-? days)" in text
    assert "| `src/io.py` | 3 | 1 | 33.33 | too few |" in text
    assert "- `plans/x.md`: 2 of 3 ticked; 1 violated" in text
    assert "- archive `quiet_one` (`111111111111`): `silent`. Carried out by `retro --write`." in text
    assert "keep `bounds_checking`: `why | not` (`x.open: 1, now 2`)" in text
    assert "- 1 revert, 12.50 % of the written commits: aaaaaaaaaaaa" in text
    assert "- open: `talk to <b>them</b>`\n- done: `rest`" in text


def test_numbers_are_printed_in_one_way() -> None:
    retro = made_retro()
    huge = replace(retro.effects[0], figure=Figure("bounds_checking.effect", 7225.4), low=1.04, high=1.5e6)
    decision = replace(retro.decisions[0], seen=(("x.open", "1"), ("x.effect", "0.3649"), ("x.odd", "?")))
    header = replace(retro.header, skipped=(("bulk files", 1), ("duplicates", 1234), ("texts too large", 1)))
    retro = replace(retro, effects=(huge,), decisions=(decision,), header=header)
    for text in (render_retro_markdown(retro), render_retro_text(retro)):
        assert ": >1,000 (1.04->1,000), n = 52; 40 introductions in 120.00k lines before" in text
        assert "x.open: 1, now 2; x.effect: 0.36; x.odd: ?" in text
        assert "skipped in all of history: 1 bulk file, 1,234 duplicates, 1 text too large" in text
    page = render_retro_html(retro)
    assert "&gt;1,000 (1.04 to &gt;1,000)" in page or ">1,000 (1.04 to >1,000)" in page


def test_what_a_repository_wrote_does_nothing() -> None:
    nasty = "x`\n# H <script>|\x1b[31m\u202e[a](b) @me #1"
    retro = made_retro()
    retro = replace(
        retro,
        new=(made_site(nasty),),
        degraded=(nasty,),
        sentences=(nasty, nasty, nasty),
        decisions=(replace(retro.decisions[0], reason=nasty),),
        hot_spots=(replace(retro.hot_spots[0], path=nasty),),
        releases=replace(retro.releases, tags=((nasty, "b" * 40),)),
    )
    text = render_retro_markdown(retro)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n# H" not in text
    for line in text.split("\n"):
        if "<script>" in line:
            assert "`` x`\\x0a# H <script>" in line or "``x`\\x0a# H <script>" in line
    assert "\x1b" not in render_retro_text(retro)
    assert "\n# H" not in render_retro_text(retro)


def test_code_of_a_candidate_stays_in_its_fence() -> None:
    text = render_retro_markdown(made_retro())
    assert "  ````python\n  x = ```\n  \\x1b[31m\n  ````\n" in text


def test_ids_of_figures_stand_in_the_text_on_demand() -> None:
    plain, told = render_retro_text(made_retro()), render_retro_text(made_retro(), ids=True)
    assert "bounds_checking.introduced@2026-W47" not in plain
    assert "  bounds_checking.effect  0.36\n" in told
    assert "  library.time_to_fix  unknown\n" in told
    assert told.startswith(plain)


def test_a_quiet_table_shows_a_few_patterns_all_the_same() -> None:
    quiet = tuple(
        Row(
            f"p{number}",
            "P",
            "low",
            "",
            "active",
            *(made_figure(f"p{number}", measure, 0) for measure in ("introduced", "fixed")),
            Figure(f"p{number}.open", 0),
            0,
            made_figure(f"p{number}", "frequency", 0),
            "not enough data",
            0,
        )
        for number in range(9)
    )
    text = render_retro_markdown(replace(EMPTY, rows=quiet))
    assert text.count("not enough data") == 3
    assert "and 6 more patterns" in text
