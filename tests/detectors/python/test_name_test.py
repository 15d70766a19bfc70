import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.name_test"


@pytest.mark.parametrize(
    "test",
    [
        "task.urgent",
        "task.kind is Kind.URGENT",
        "text == 'urgent'",
        "rename == 'urgent'",
        "name == other",
        "name == ''",
        "'x' in name",
        "name in names",
        "name in ('urgent', 'normal')",
        "name > 'urgent'",
        "name.startswith(prefix)",
        "name.startswith()",
        "name.replace('urgent', '')",
        "name() == 'urgent'",
        "name.replace('a', 'b') == 'urgent'",
        "names[0] == 'urgent'",
    ],
)
def test_silent(test: str) -> None:
    assert lines(NAME, f"if {test}:\n    f()\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "urgent = 'urgent' in name\n",
        "urgent = 'urgent' in name if ready else False\n",
        "def f(): return 'urgent' in name\n",
        "assert title == 'urgent'\n",
        "found = [task for task in tasks if 'urgent' in task.name]\n",
        "if any(map(lambda task: task.name == 'urgent', tasks)): f()\n",
        "if ready:\n    urgent = 'urgent' in name\n",
    ],
)
def test_outside_of_a_condition_is_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "if __name__ == '__main__': f()\n",
        "if module_name == '__main__': f()\n",
        "if f.__name__ == 'main': f()\n",
        "import os\nif os.name == 'nt': f()\n",
        "import os as _os\nwhile _os.name == 'posix': f()\n",
        "from os import name\nif name == 'nt': f()\n",
        "import sys\nif sys.implementation.name == 'pypy': f()\n",
    ],
)
def test_names_of_the_platform_are_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "settings = parser.parse_args()\nif settings.name == 'all': f()\n",
        "known, rest = parser.parse_known_args()\nif known.name == 'all': f()\n",
        *(
            f"def f({name}):\n    if {name}.output_type == 'json': g()\n"
            for name in ("args", "namespace", "options", "opts")
        ),
    ],
)
def test_results_of_argparse_are_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize("hook", ["__getattr__", "__getattribute__", "__setattr__", "__delattr__"])
def test_attribute_hooks_are_silent(hook: str) -> None:
    assert lines(NAME, f"class A:\n    def {hook}(self, name):\n        if name == 'size': return 1\n") == []


def test_suffixes_and_punctuation_are_silent() -> None:
    assert lines(NAME, "if file_name.endswith(('.csv', '.tsv')): f()\n") == []
    assert lines(NAME, "if '--' in name or name.startswith('__'): f()\n") == []


def test_exception_messages_are_left_to_message_test() -> None:
    tests = "if 'busy' in message or 'gone' in e.message: f()"
    source = f"try:\n    a()\nexcept E as e:\n    message = str(e)\n    {tests}\n"
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "test",
    [
        "'urgent' in name",
        "'urgent' not in task.name.lower()",
        "self.task.name == 'urgent'",
        "load().name == 'urgent'",
        "title == 'urgent'",
        "'urgent' != self.label",
        "message.startswith('urgent')",
        "task.title.strip().lower().endswith(('urgent', '!'))",
        "user_name == 'admin'",
        "event.event_type == 'click'",
        "'fail' in error_msg",
        "'fail' in error_message",
        "page_title == 'Home'",
        "row_label == 'Total'",
    ],
)
def test_every_kind_of_test_is_found_as_a_whole(test: str) -> None:
    assert anchored(NAME, f"if ready and not ({test}):\n    f()\n") == [[test]]


def test_every_kind_of_condition() -> None:
    source = """
        if a: f()
        elif 'urgent' in name: f()
        while 'urgent' in name: f()
        x = 1 if 'urgent' in name else 2
        if any('urgent' in task.name for task in tasks): f()
        if (
            'urgent' in name
            or 'soon' in name
        ): f()
    """
    assert lines(NAME, source) == [3, 4, 5, 6, 8, 9]


def test_the_result_of_another_call_is_no_command_line() -> None:
    assert lines(NAME, "task = load()\nif task.name == 'urgent': f()\n") == [2]


def test_a_local_called_os_is_not_the_platform() -> None:
    assert lines(NAME, "def f(os):\n    if os.name == 'linux': g()\n") == [2]


def test_sites_are_string_tests_in_conditions() -> None:
    assert site_lines(NAME, "if text == 'ab': f()\nok = text == 'ab'\nwhile text.endswith('ab'): f()\n") == [
        1,
        3,
    ]


def test_tests_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests",)
