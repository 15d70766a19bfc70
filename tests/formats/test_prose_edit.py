"""A pattern's markdown brought up to date: what did not change keeps its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.errors import InputError
from feedback_loop.formats.prose_edit import edit_prose

OLD = """# Old title

What goes wrong.

## Problems

* one
* two

## Bad example

It fails like this:

```python lines=1
bad(1)
```

and like this:

~~~python
bad(2)
~~~

## Good Pattern

```python
good()
```

## Ours

Notes.
"""


def target(title: str = "Old title", intro: str = "What goes wrong.", more: str = "") -> str:
    return f"# {title}\n\n{intro}\n\n## Problems\n\n- one\n- two\n{more}"


def test_nothing_new_changes_no_byte() -> None:
    assert edit_prose(OLD, target()) == OLD
    windows = "\ufeff" + OLD.replace("\n", "\r\n")
    assert edit_prose(windows, target()) == windows


def test_title_and_description_are_replaced_alone() -> None:
    changed = OLD.replace("# Old title", "# New").replace("What goes wrong.", "Why.\n\nWhen not.")
    assert edit_prose(OLD, target("New", "Why.\n\nWhen not.")) == changed


def test_one_of_two_examples_is_replaced_where_it_stands() -> None:
    bad = "\n## Bad example\n\n```python lines=1\nbad(1)\n```\n\n```python\nbad(3)\n```\n"
    assert edit_prose(OLD, target(more=bad)) == OLD.replace(
        "~~~python\nbad(2)\n~~~", "```python\nbad(3)\n```"
    )


def test_another_number_of_examples_replaces_the_section() -> None:
    begin, rest = OLD.split("\nIt fails")
    tail = rest.split("~~~\n", 1)[1].split("~~~\n", 1)[-1].split("## Good", 1)[1]
    changed = edit_prose(OLD, target(more="\n## Bad example\n\n```python\nbad(1)\n```\n"))
    assert changed == begin + "\n```python\nbad(1)\n```\n\n## Good" + tail


def test_items_replace_their_list_and_a_missing_section_is_added() -> None:
    wanted = target().replace("- two", "- three") + "\n## Benefits\n\n- fast\n"
    assert (
        edit_prose(OLD, wanted) == OLD.replace("* one\n* two", "- one\n- three") + "\n## Benefits\n\n- fast\n"
    )


def test_what_would_be_read_as_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="change it by hand"):
        edit_prose(OLD + "\n```\nopen\n", target(more="\n## Benefits\n\n- fast\n"))


LINES = st.lists(
    st.sampled_from(
        ["# T", "## Problems", "## Bad example", "## Test", "## X", "- a", "text", "```", "x", ""]
    ),
    max_size=10,
).map(lambda lines: "\n".join(["# Title", *lines, ""]))


@given(LINES, LINES)
@settings(max_examples=100, deadline=None)
def test_it_is_brought_up_to_date_or_refused(old: str, new: str) -> None:
    try:
        done = edit_prose(old, new)
    except InputError:
        return
    assert edit_prose(done, new) == done
