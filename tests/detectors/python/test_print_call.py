import pytest

from tests.detectors.check_harness import anchored, check_named, lines, matches, site_lines

NAME = "python.print_call"
FILES = "import sys, io\nimport sys as system\nfrom sys import stderr as err\n"


@pytest.mark.parametrize(
    "source",
    [
        "logger.info('done %s', x)\n",
        "pprint(x)\nconsole.print(x)\nself.print(x)\n",
        "write = print\nmap(print, xs)\n",
        "'print(x)'\n# print(x)\n",
    ],
)
def test_other_output_is_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "from rich import print\nprint(1)\n",
        "from .terminal import print\nprint(1)\n",
        "def print(*parts): ...\nprint(1)\n",
        "def f(print):\n    print(1)\n",
        "def f():\n    from rich import print\n    def g():\n        print(1)\n",
        "print = log.info\nprint(1)\n",
        "from builtins import print as p\np(1)\n",  # PRE-3: the word is not on the line
    ],
)
def test_a_print_of_ones_own_is_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize("target", ["handle", "self.out", "sys.__stderr__", "io.StringIO()", "x or None"])
def test_print_into_a_file_is_silent(target: str) -> None:
    assert lines(NAME, f"{FILES}print(1, file={target})\n") == []


@pytest.mark.parametrize(
    "target", ["None", "sys.stdout", "sys.stderr", "system.stdout", "err", "(sys.stderr)"]
)
def test_print_to_the_terminal_by_name_is_found(target: str) -> None:
    assert lines(NAME, f"{FILES}print(1, file={target})\n") == [4]


@pytest.mark.parametrize(
    "test",
    ['__name__ == "__main__"', "'__main__' == __name__", '__name__ == "__main__" and not sys.flags.quiet'],
)
def test_the_main_block_is_silent(test: str) -> None:
    assert lines(NAME, f"if {test}:\n    for x in xs:\n        def f():\n            print(x)\n") == []


@pytest.mark.parametrize(
    "test",
    ['__name__ != "__main__"', '__name__ == "__main__" or debug', 'name == "__main__"', '__name__ == "x"'],
)
def test_other_blocks_are_not_the_main_block(test: str) -> None:
    assert lines(NAME, f"if {test}:\n    print(1)\n") == [2]


def test_the_other_branch_of_the_main_block_is_found() -> None:
    assert lines(NAME, 'if __name__ == "__main__":\n    main()\nelse:\n    print(1)\n') == [4]


def test_found_wherever_a_call_can_stand() -> None:
    source = """
        import builtins
        print()
        builtins.print("a")
        async def f(): return [print(x) for x in xs] and (lambda: print(*a, **b))
        class C:
            def print(self): print(self)
        @print("decorated")
        def g(a=print("default")): f"{print(a)}"
    """
    assert lines(NAME, source) == [3, 4, 5, 5, 7, 8, 9, 9]


def test_anchor_is_the_name_and_the_call_is_the_full_span() -> None:
    source = "import builtins\nif x: print(\n    'a',\n)\nbuiltins.print('é', end='')\n"
    assert anchored(NAME, source) == [["print"], ["print"]]
    assert [match.full for match in matches(NAME, source)] == [(2, 6, 4, 1), (5, 0, 5, 28)]


def test_sites_are_prints_and_log_calls() -> None:
    source = """
        print(1, file=f)
        logger.info(1); logging.warning(2); self._log.debug(3); request_logger.exception(4); sql_log.error(5)
        math.log(2); catalog.info(1); log.setLevel(1); get_logger().info(1)
    """
    assert site_lines(NAME, source) == [2, 3, 3, 3, 3, 3, 4]


@pytest.mark.parametrize(
    "method", ["debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"]
)
def test_every_method_that_logs_is_a_site(method: str) -> None:
    assert site_lines(NAME, f"LOG.{method}('a')\n") == [1]


def test_tests_and_scripts_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests", "scripts")
