"""What `explain` says a detector looks among."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedback_loop.domain.library_report import DetectorFacts
from feedback_loop.domain.pattern import AstGrep, Literal, Prefilter, Regex, Site
from feedback_loop.render.detector_words import fact_rows

FACTS = DetectorFacts(
    "p/d", "warn", "warn", "m", "h", Literal(("abc",)), (), (), (), (), Prefilter(), False, None, ""
)


@pytest.mark.parametrize(
    ("site", "words"),
    [
        (Literal(("abc", "xyz")), "`abc` or `xyz`"),
        (Literal(("abc",), True, True), "`abc` as a word of its own in capitals or not"),
        (Regex("a+"), "what `a+` matches on one line"),
        (Regex("a+", True, "b"), "what `a+` matches on one line, in capitals or not, unless `b` matches it"),
        (AstGrep("go", '{"pattern":"f($A)"}'), "go code shaped `f($A)`"),
        (
            AstGrep("go", '{"kind":"call_expression"}', '{"A":{"kind":"x"}}'),
            'go code shaped by the rule `{"kind":"call_expression"}`, where `{"A":{"kind":"x"}}`',
        ),
    ],
)
def test_a_site_is_what_a_detector_looks_among(site: Site, words: str) -> None:
    rows = fact_rows(replace(FACTS, site=site), "")
    assert dict(rows)["among"] == words
    labels = [label for label, _ in rows]
    assert labels.index("anchor") < labels.index("among") < labels.index("scope")


def test_without_a_site_nothing_is_said_of_it() -> None:
    assert "among" not in dict(fact_rows(FACTS, ""))
