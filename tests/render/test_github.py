"""Workflow commands of GitHub Actions, read back the way the runner reads them."""

from __future__ import annotations

from hypothesis import given, settings

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import NotChecked, ScanResult
from feedback_loop.domain.text import path_text
from feedback_loop.render.encoders import encode, unchecked
from tests.render.made import HOSTILE_PATH, any_scan, finding, hostile, library, scanned

Command = tuple[str, dict[str, str], str]


def unescaped(text: str, *pairs: tuple[str, str]) -> str:
    for code, char in (*pairs, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def command(line: str) -> Command | None:
    """As the runner: leading white space ignored, `::name key=value,...::data`, or text."""
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, listed = line[2:end].partition(" ")
    properties = {}
    for pair in filter(None, listed.split(",")):
        key, _, value = pair.partition("=")
        properties[key.strip()] = unescaped(value, ("%3A", ":"), ("%2C", ","))
    return name, properties, unescaped(line[end + 2 :])


def run(result: ScanResult, of: CompiledLibrary | None = None) -> tuple[list[Command], str]:
    """The commands, and the last line, which must be text without the older form `##[command]`."""
    *lines, last = encode("github", result, of or library(), 1).text.splitlines()
    found = [one for line in lines if (one := command(line))]
    assert len(found) == len(lines)
    assert command(last) is None
    assert "##[" not in last
    return found, last


def test_clean_is_the_sums_only() -> None:
    assert run(scanned()) == (
        [],
        "feedback-loop: checked 1 file, 5 added lines: 0 block, 0 warn, 0 hint; skipped 0; not checked 0",
    )


def test_a_finding_is_one_command_on_its_line() -> None:
    assert run(scanned(finding()))[0] == [
        (
            "error",
            {
                "file": "app.py",
                "line": "4",
                "endLine": "4",
                "col": "5",
                "endColumn": "11",
                "title": "named/bare",
            },
            "why\nfix: how",
        )
    ]


def test_several_lines_have_no_columns() -> None:
    ((_, properties, _),), _ = run(scanned(finding(spans=((4, 5, 6, 2),))))
    assert properties == {"file": "app.py", "line": "4", "endLine": "6", "title": "named/bare"}


def test_the_gravest_come_first() -> None:
    mixed = [
        finding(b"1", level="hint", severity="critical"),
        finding(b"2", level="warn", severity="low"),
        finding(b"3", level="block", severity="low"),
        finding(b"5", level="block", severity="critical"),
        finding(b"4", level="block", severity="critical"),
    ]
    commands, _ = run(scanned(*mixed))
    assert [(name, properties["file"]) for name, properties, _ in commands] == [
        ("error", "4"),
        ("error", "5"),
        ("error", "3"),
        ("warning", "2"),
        ("notice", "1"),
    ]


def test_what_was_not_checked_is_a_warning() -> None:
    result = scanned()
    result.not_checked.append(NotChecked(b"x.py", "", "time"))
    commands, last = run(result, library(("patterns/x.json:3: what",)))
    assert commands == [
        ("warning", {"title": "feedback-loop"}, "NOT checked: patterns/x.json:3: what"),
        ("warning", {"file": "x.py", "title": "feedback-loop"}, "NOT checked: time"),
    ]
    assert last.endswith("not checked 1")


def test_beyond_ten_of_a_kind_stderr_says_what_is_not_shown() -> None:
    few = encode("github", scanned(*[finding()] * 10), library(), 1)
    many = encode("github", scanned(*[finding()] * 12, finding(level="warn")), library(), 1)
    assert few.notes == ()
    assert many.notes == ("GitHub shows 10 errors a step: 2 of 12 are in the log only",)
    assert many.text.count("::error ") == 12


def test_percent_signs_and_commas_survive() -> None:
    ((_, properties, data),), _ = run(scanned(finding(b"a,b:c%0A=d.py", message="50% %0A")))
    assert (properties["file"], data) == ("a,b:c%0A=d.py", "50% %0A\nfix: how")


def test_hostile_text_forges_no_command() -> None:
    commands, _ = run(*hostile())
    names = [name for name, _, _ in commands]
    assert names == ["error", "warning", "warning", "warning", "warning"]
    assert commands[0][1]["file"] == path_text(HOSTILE_PATH)
    assert set(commands[0][1]) == {"file", "line", "endLine", "col", "endColumn", "title"}


@given(any_scan())
@settings(max_examples=100, deadline=None)
def test_any_scan_is_as_many_commands_as_it_has_things_to_say(
    scan: tuple[ScanResult, CompiledLibrary],
) -> None:
    result, of = scan
    commands, _ = run(result, of)
    assert len(commands) == len(result.findings) + len(unchecked(result, of))
    said = sorted((one.line, path_text(one.path)) for one in result.findings)
    assert sorted((int(p["line"]), p["file"]) for _, p, _ in commands if "line" in p) == said
