"""A failing test as a Reported: the one place for it, so that each source tells the same (A71, A74, C9b)."""

from __future__ import annotations

import re
from textwrap import dedent

from feedback_loop.domain.reported import Reported
from feedback_loop.domain.secrets import masked_and_capped

REASON_CAP = 500  # characters
SNIPPET_CAP = 10  # lines
# Why a failure is left out, in the words of all readers: a test that passed in the end is none.
ANOTHER_ATTEMPT = "another attempt of a failure that is told"
PASSED_AGAIN = "passed after a rerun"
# What pytest says of a test whose subtests failed: they have been told themselves.
SUBTESTS_FAILED = re.compile(r"contains \d+ failed subtests?\Z")

# pytest 9.2 shortens the message of its JUnit reports to whole lines of so many characters, the words
# that name the phase included, and adds a note; other versions and sources give the whole.
_BUDGET = 500
_NOTE = re.compile(r"\n\[(?:\+\d+ more lines?|truncated); full report in element text\]\Z")
_PHASES = ("setup", "teardown")
_ERROR_LINE = re.compile(r"E(?: {3}|$)")
_MARKED = re.compile(r">( {3,}\S)")
# pytest strips its long texts: the first line of a function loses the four blanks that all source has.
_STRIPPED = re.compile(r"(?:(?:async )?def |@)[^\n]*\n(?:> {3}| {4})")
_SEPARATOR = re.compile(r"^(?:_ ){3,}_?[ ]*$", re.MULTILINE)
_FRAME = re.compile(r'(?P<indent>[ |]*)File "[^"\n]*", line \d+|\S[^\n]*:\d+: in \S')
# Files that a long text names: in front of a line number, in quotes, or in a traceback.
_FILES = re.compile(r"""^(?:File )?([^\s:"'][^:"'\n]*):\d+(?::|$)|["']([^"'\n]+\.py)["']""", re.MULTILINE)
_FILES_CAP, _PARTS_CAP = 200, 40
_MODULE = re.compile(r"test_\w+|\w+_test")
_CARETS = re.compile(r"[ ~^]+\Z")


def failed_test(
    test_name: str, message: str, text: str, *, phase: str = "call", at: str | None = None, entry: int = 0
) -> Reported:
    """The failure of a test in a phase: call, setup, teardown or collect.

    `message` is the exception's own text, with or without what pytest's JUnit report puts around it; ""
    = the long `text` says it. The reason has at most 500 characters, the code at most 10 lines out of
    `text`: the last function shown up to the line that failed. `at` is UTC with `Z`.
    """
    name, text = clean(test_name).strip(), even(text)
    reason = _reason(even(message), text, phase)
    text = f"    {text}" if _STRIPPED.match(text) else text
    snippet = _snippet(text.split("\n"))
    fields: list[tuple[str, object]] = [
        ("test_name", name),
        ("failure_reason", masked_and_capped(reason, REASON_CAP)),
    ]
    if snippet:
        fields.append(("code_snippet", snippet))
    place = name if phase == "call" else f"{name}[{phase}]"
    return Reported("test_failure", tuple(fields), place, at, trace=text, entry=entry)


def node_id(classname: str, name: str, file: str, text: str | None) -> str:
    """pytest's node id of a JUnit test case, or `classname::name` where it cannot be told.

    `file` is the case's own attribute; `text`, given for pytest's reports only, may name the file instead.
    """
    own = file.replace("\\", "/").removeprefix("./")
    found = _below(own, classname, name) if own else None
    if found is None and text is not None:
        found = _by_text(classname, name, text)
    return found or (f"{classname}::{name}" if classname else name)


def _below(file: str, classname: str, name: str, folders: bool = False) -> str | None:
    """The node id, if the dotted class name goes through the file: `tests.test_a.TestB`, `tests/test_a.py`.

    What stands before it is a prefix of the report, or with `folders` the folders that lead to it.
    """
    dotted = file.removesuffix(".py").replace("/", ".")
    if not classname:
        return file if name == dotted else None
    before, found, after = f".{classname}.".partition(f".{dotted}.")
    if not found:
        return None
    path = f"{before[1:].replace('.', '/')}/{file}" if folders and before else file
    return "::".join([path, *after.rstrip(".").split("."), name] if after else [path, name])


def _by_text(classname: str, name: str, text: str) -> str | None:
    files = dict.fromkeys(match[1] or match[2] for match in _FILES.finditer(text))
    best, length = None, 0
    for file in list(files)[:_FILES_CAP]:
        parts = file.replace("\\", "/").split("/")[-_PARTS_CAP:]
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            if len(tail) > length and (found := _below(tail, classname, name, folders=True)):
                best, length = found, len(tail)
    return best or _by_custom(classname, name)


def _by_custom(classname: str, name: str) -> str | None:
    """Where nothing names the file: modules of tests are called `test_x` or `x_test`."""
    parts = (classname or name).split(".")
    modules = [index for index, part in enumerate(parts) if _MODULE.fullmatch(part)]
    if not modules:
        return None
    path = "/".join(parts[: modules[-1] + 1]) + ".py"
    return "::".join([path, *parts[modules[-1] + 1 :], *([name] if classname else [])])


def even(text: str) -> str:
    """What XML and the width of a terminal change is made alike: line ends, and separators."""
    text = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    return _SEPARATOR.sub("_ _ _", text).strip("\n")


def clean(text: str) -> str:
    """The text with half characters spelled out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


# -- why -------------------------------------------------------------------------------------------


def _reason(message: str, text: str, phase: str) -> str:
    told = _shortened(message, phase)
    if phase == "collect" or not told or told == _shortened(text, phase):
        return _last_error(text) or told or _headline(text)
    return told


def _shortened(message: str, phase: str) -> str:
    """The message as pytest's JUnit report keeps it, without what that puts around it."""
    before, after = (f'failed on {phase} with "', '"') if phase in _PHASES else ("", "")
    if not message.startswith(before):
        message = f"{before}{message}{after}"
    kept, noted = _NOTE.subn("", message)
    if not noted:
        lines = kept.splitlines() or [""]
        most = _lines_within_budget(lines)
        kept, noted = "\n".join(lines[:most]), most < len(lines)
    if len(kept) > _BUDGET:  # cut within a word: half a secret would not be recognised as one
        return "".join(kept[:_BUDGET].removeprefix(before).rsplit(None, 1)[:1]).strip()
    kept = kept.removeprefix(before)
    return (kept if noted else kept.removesuffix(after)).strip()


def _lines_within_budget(lines: list[str]) -> int:
    size = 0
    for number, line in enumerate(lines):
        if number and size + len(line) + 1 > _BUDGET:
            return number
        size += len(line) + 1
    return len(lines)


def _last_error(text: str) -> str:
    """The last block of lines that pytest marks with `E`, without the mark."""
    block: list[str] = []
    for line in reversed(text.split("\n")):
        if _ERROR_LINE.match(line):
            block.append(line[1:])
        elif block:
            break
    return _shortened(dedent("\n".join(reversed(block))).strip("\n"), "call")


def _headline(text: str) -> str:
    """The last line of a Python traceback, or else the first line that is not blank."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return ""
    return lines[-1 if "Traceback (most recent call last)" in text else 0]


# -- the code --------------------------------------------------------------------------------------


def _snippet(lines: list[str]) -> str:
    marked = [
        index
        for index, line in enumerate(lines)
        if _MARKED.match(line) and not (index and lines[index - 1].startswith(("E ", ">")))
    ]
    return _marked(lines, marked[-1]) if marked else _below_frame(lines)


def _marked(lines: list[str], index: int) -> str:
    """The source that pytest shows around the line that it marks with `>`."""
    end = index + 1
    while end < len(lines) and end < index + SNIPPET_CAP and lines[end].startswith("    "):
        end += 1
    start = index
    while start and end - start < SNIPPET_CAP and _is_source(lines[start - 1]):
        start -= 1
    shown = [line for line in lines[start:end] if not line.strip() or not _CARETS.match(line)]
    source = [_MARKED.sub(r" \1", line, count=1) for line in shown]
    return dedent("\n".join(source)).strip("\n")


def _is_source(line: str) -> bool:
    return not line.strip() or line.startswith("    ")


def _below_frame(lines: list[str]) -> str:
    """The code below the last call of a Python traceback, or of one in pytest's short style."""
    for end in range(len(lines), 0, -1):
        match = _FRAME.match(lines[end - 1])
        deeper = " " * (len(match["indent"] or "") + 2) if match else ""
        if match and (found := _code(lines[end : end + SNIPPET_CAP], deeper)):
            return found
    return ""


def _code(lines: list[str], indent: str) -> str:
    code: list[str] = []
    for line in lines:
        if not line.startswith(indent) or _FRAME.match(line):
            break
        if not _CARETS.match(line):
            code.append(line)
    return dedent("\n".join(code)).strip("\n")
