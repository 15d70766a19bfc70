"""An analysis of ratings as text and as markdown."""

from __future__ import annotations

from feedback_loop.domain.rating import Rating, TextSize, thumbs_of
from feedback_loop.engines.feedback.analysis import analyze
from feedback_loop.render.feedback_analysis import render_analysis_markdown, render_analysis_text


def rated(stars: int, characters: int, *tags: str) -> Rating:
    return Rating("f", 0, stars, thumbs_of(stars), tags, prompt_size=TextSize(characters))


def test_of_failures_alone_only_what_there_is_is_shown() -> None:
    text = render_analysis_text(analyze([rated(1, 28)]), "the last 7 days")
    assert text == (
        """\
Prompt feedback of the last 7 days

Success   0.0 % of 1 rating (95 % interval 0.0 to 79.3 %)
Outcomes  0 positive, 1 negative, 0 neutral
Stars     1.00 of 5 on average

Recommendations
  - Collect more feedback data: nothing separates successes from failures yet (n=1).

Frameworks
  framework  n  positive  negative  success (95 % interval)  stars  up  down
  unknown    1         0         1    0.0 % (0.0 to 79.3 %)   1.00   0     1

Characters of prompts
  side      n  mean  median  shortest  longest
  failures  1    28      28        28       28
"""
    )


def test_long_tables_and_names_are_cut_and_lines_filled() -> None:
    names = [f"{number:02}<b>{'x' * 40}" for number in range(23)]
    ratings = [rated(5, 90, *names) for _ in range(9)] + [rated(1, 1200) for _ in range(9)]
    found = analyze(ratings)
    text = render_analysis_text(found, "the last 7 days")
    assert max(map(len, text.splitlines())) <= 100
    assert "  3 rows more: --format json\n" in text
    assert f"  00<b>{'x' * 24}…  9 " in text
    advice = "Successful prompts have 90 characters on average (n=9), failed ones 1200 (n=9)"
    assert f"  - {advice}: keep prompts\n    short.\n    -1110 characters, q < 0.001\n" in text
    page = render_analysis_markdown(found, "the last 7 days")
    assert f"- {advice}: keep prompts short.<br>-1110 characters, q < 0.001\n" in page
    assert f"| `00<b>{'x' * 40}` | 9 | 9 | 0 | 100.0 % (70.1 to 100.0 %) | 5.00 | 9 | 0 |\n" in page
    assert f"- Prompts tagged `00<b>{'x' * 40}` succeed in 9 of 9" in page
