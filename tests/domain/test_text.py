import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.text import is_hidden, path_text, visible

# Format characters that do show something: number signs, verse marks, hieroglyph joiners.
SHOWN = [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)]
FILLERS = [0x115F, 0x1160, 0x3164, 0xFFA0]
# Default_Ignorable_Code_Point of DerivedCoreProperties.txt (Unicode 16) without the variation selectors
# that emoji use, then the line separators and the interlinear annotations.
HIDDEN = """
    00AD 034F 061C 115F..1160 17B4..17B5 180B..180F 200B..200F 202A..202E 2060..206F 3164 FEFF FFA0 FFF0..FFF8
    1BCA0..1BCA3 1D173..1D17A E0000..E0FFF 2028..2029 FFF9..FFFB
"""


@pytest.mark.parametrize("text", ["", "plain", "a\tb", "naïve 日本 ❌ ✔️ ⚠️", "back\\slash", "~"])
def test_ordinary_text_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\r", "a\\x0ab\\x0d"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202ecod.exe", "\\u202ecod.exe"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("soft\xadhyphen", "soft\\u00adhyphen"),
        ("\U000e0041", "\\U000e0041"),
        ("\U000e0100", "\\U000e0100"),
        ("\ud800", "\\ud800"),
        ("\udc80\udcff", "\\x80\\xff"),
        ("\udc7f\udd00", "\\udc7f\\udd00"),
        ("\u2028", "\\u2028"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_exactly_these_are_hidden() -> None:
    expected = set()
    for part in HIDDEN.split():
        first, _, last = part.partition("..")
        expected |= set(range(int(first, 16), int(last or first, 16) + 1))
    assert {code for code in range(0x110000) if is_hidden(chr(code))} == expected


def test_every_format_character_is_hidden() -> None:
    missed = [code for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
    assert [hex(code) for code in missed if code not in SHOWN and not is_hidden(chr(code))] == []
    assert all(is_hidden(chr(code)) for code in FILLERS)


def test_no_letter_digit_sign_or_space_is_hidden() -> None:
    wrong = [
        hex(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code))[0] in "LNPS" and is_hidden(chr(code))
        if code not in FILLERS
    ]
    assert wrong == []


def test_emoji_with_a_variation_selector_are_no_hidden_text() -> None:
    assert not any(is_hidden(char) for char in "❌✅⚠️✔️☑️")


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_nothing_that_acts_on_a_terminal_is_left(text: str) -> None:
    shown = visible(text)
    left = [
        char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or is_hidden(char)
    ]
    assert set(left) <= {"\t"}
    assert visible(shown) == shown


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_a_path_is_one_line_without_controls(path: bytes) -> None:
    shown = path_text(path)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs")]
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("path", "shown"),
    [(b"a.py", "a.py"), ("ä".encode(), "ä"), (b"\xff.py", "\\xff.py"), (b"a\tb\n", "a\\tb\\x0a")],
)
def test_path_text(path: bytes, shown: str) -> None:
    assert path_text(path) == shown
