"""Providers, each against something real: a server on this machine, a program on the disk."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from feedback_loop.api.asking import Waiting, describe
from feedback_loop.api.generation.asking import ask, usable
from feedback_loop.domain.provider import Answer, Payload, ProviderSettings, ServiceSettings, Usable
from feedback_loop.errors import UserError
from feedback_loop.stores import extras
from tests.stores.processes import ends
from tests.stores.stub_server import Reply, Stub, anthropic_reply, openai_reply, stub_server

KEY = "sk-proj-Zq8vN2mXw4Lk7RtYb1Hc9"
FENCED = "Here it is:\n```python\nx = 1\n```\nBye."
REPLIES: dict[str, Callable[..., Reply]] = {"openai": openai_reply, "anthropic": anthropic_reply}
SERVICES = pytest.mark.parametrize("name", list(REPLIES))


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv("STUB_KEY", KEY)
    for variable in (
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):  # where to send is for the settings to say
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with stub_server() as stub:
        yield stub


def settings_for(url: str) -> ProviderSettings:
    service = ServiceSettings("some-model", url, "STUB_KEY")
    return ProviderSettings(openai=service, anthropic=service, path="config.toml")


class Asked:
    """`ask` with a clock that stands at 2026-01-01 and sleeps that are only noted."""

    def __init__(self, stub: Stub, name: str) -> None:
        self.slept: list[float] = []
        self._stub, self._name = stub, name

    def __call__(self, *replies: Reply, fallback: bool = True, timeout: float = 20.0) -> Answer:
        self._stub.replies = list(replies)
        return ask(
            Payload("write x", 99, timeout),
            self._name,
            fallback=fallback,
            settings=settings_for(self._stub.url),
            waiting=Waiting(self.slept.append, lambda: 1767225600.0),
        )


# -- services ------------------------------------------------------------------------------------


@SERVICES
def test_the_code_of_an_answer_and_what_was_sent_for_it(stub: Stub, name: str) -> None:
    asked = Asked(stub, name)
    assert asked(REPLIES[name](FENCED)) == Answer("x = 1\n", name)
    [(path, headers, body)] = stub.requests
    assert path == {"openai": "/chat/completions", "anthropic": "/v1/messages"}[name]
    assert KEY in headers.get("authorization", "") + headers.get("x-api-key", "")
    assert body == {
        "model": "some-model",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": "write x"}],
    }
    assert asked.slept == []


@SERVICES
def test_the_dry_run_shows_the_very_request_and_opens_no_socket(
    stub: Stub, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = Payload("write x, password = 'hunter2hunter2'", 99, 7.0)
    settings = settings_for(stub.url)
    stub.replies = [REPLIES[name](FENCED)]
    ask(payload, name, fallback=False, settings=settings)
    [(path, headers, body)] = stub.requests

    def no_socket(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.delenv("STUB_KEY")
    head, _, shown = describe(payload, name, settings=settings).partition("\n\n")
    lines = head.split("\n")
    assert lines[:2] == [f"provider: {name}", f"POST {stub.url}{path}"]
    assert json.loads(shown) == body
    assert "hunter2" not in shown and "***" in shown
    sent = {header: "***" if KEY in value else value for header, value in headers.items()}
    assert dict(line.split(": ", 1) for line in lines[2:]) == sent


@SERVICES
def test_a_busy_or_failing_service_is_asked_three_times(stub: Stub, name: str) -> None:
    good, failing = REPLIES[name](FENCED), Reply(500, b'{"error": {"message": "oops"}}')
    asked = Asked(stub, name)
    assert asked(Reply(429), failing, good).code == "x = 1\n"
    assert asked.slept == [1.0, 4.0]
    answer = asked(failing)
    assert (answer.code, answer.provider) == (None, f"offline ({name} failed: server error)")
    assert answer.note == f"{name} failed: server error (HTTP 500: oops); the code was composed offline"
    assert len(stub.requests) == 6
    with pytest.raises(UserError, match=rf"{name} failed: rate limited \(HTTP 429\)") as caught:
        asked(Reply(429), fallback=False)
    assert caught.value.exit_code == 2 and "offline" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "slept"),
    [
        ("0", [1.0, 4.0]),
        ("2", [2.0, 4.0]),
        ("30", [30.0, 4.0]),
        ("31", []),
        ("Thu, 01 Jan 2026 00:00:07 GMT", [7.0, 4.0]),
        ("Wed, 31 Dec 2025 00:00:00 GMT", [1.0, 4.0]),
        ("Fri, 01 Jan 2027 00:00:00 GMT", []),
        ("soon", [1.0, 4.0]),
        ("-1", [1.0, 4.0]),
        ("9" * 400, [1.0, 4.0]),
    ],
)
def test_retry_after_is_heeded_up_to_thirty_seconds_where_it_is_longer(
    stub: Stub, said: str, slept: list[float]
) -> None:
    asked = Asked(stub, "openai")
    answer = asked(Reply(429, headers={"retry-after": said}), Reply(503), openai_reply(FENCED))
    assert asked.slept == slept
    assert answer.code == ("x = 1\n" if slept else None)
    assert slept or "asks to wait" in answer.note


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(401, b'{"error": {"message": "bad key ' + KEY.encode() + b'"}}'), "refused"),
        (Reply(403, b"<html>"), "refused"),
        (Reply(404), "refused"),
        (Reply(307, headers={"location": "http://127.0.0.1:9/elsewhere"}), "refused"),
        (Reply(body=b"{not json"), "invalid answer"),
        (Reply(body=b"[" * 100_000), "invalid answer"),
        (Reply(body=b"[1]"), "invalid answer"),
        (Reply(body=b'{"choices": [], "content": 7}'), "invalid answer"),
        (Reply(body=b'{"choices": [{"message": {}}], "content": []}'), "empty answer"),
        (Reply(body=b""), "empty answer"),
        (Reply(body=b"{}", headers={"content-encoding": "gzip"}), "invalid answer"),
        (Reply(body=b'"' + b"x" * (256 << 10) + b'"'), "too large"),
        (Reply(500, body=b"x" * (300 << 10)), "too large"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.status) + str(value.body[:12]),
)
@SERVICES
def test_what_is_no_answer_is_not_asked_for_again(stub: Stub, name: str, reply: Reply, kind: str) -> None:
    asked = Asked(stub, name)
    answer = asked(reply)
    assert (answer.code, answer.provider) == (None, f"offline ({name} failed: {kind})")
    assert (len(stub.requests), asked.slept) == (1, [])
    assert KEY not in answer.note


@SERVICES
def test_answers_without_usable_text(stub: Stub, name: str) -> None:
    asked, reply = Asked(stub, name), REPLIES[name]
    assert "invalid answer (no code in it)" in asked(reply("I cannot do that, sorry.")).note
    assert "empty answer" in asked(reply(" \n")).note
    assert asked(reply(7)).code is None
    cut = {"openai": "length", "anthropic": "max_tokens"}[name]
    assert "cut off at the limit of tokens" in asked(reply(FENCED, cut)).note


@SERVICES
def test_a_server_that_drips_is_a_timeout(stub: Stub, name: str) -> None:
    asked = Asked(stub, name)
    assert asked(Reply(drips=True, body=b" " * 1000), timeout=0.2).provider.endswith("failed: timeout)")
    assert asked.slept == [1.0, 4.0]


@SERVICES
def test_the_users_proxy_is_used_and_told_no_key(
    stub: Stub, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", stub.url)
    answer = ask(Payload("x"), name, fallback=True, settings=settings_for("https://far.invalid/v9"))
    assert f"{name} failed: not reachable (502" in answer.note
    [(path, headers, _)] = stub.requests
    assert path == "far.invalid:443"
    assert KEY not in str(headers)


@SERVICES
def test_this_machine_is_reached_without_the_proxy_which_would_see_the_key(
    stub: Stub, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert Asked(stub, name)(REPLIES[name](FENCED)).code == "x = 1\n"


@SERVICES
def test_nobody_listens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_KEY", KEY)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        settings = settings_for(f"http://127.0.0.1:{taken.getsockname()[1]}")
        answer = ask(Payload("x"), name, fallback=True, settings=settings)
    assert answer.provider == f"offline ({name} failed: not reachable)"


@SERVICES
def test_what_is_missing_is_said_with_its_cure(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(settings: ProviderSettings) -> str:
        with pytest.raises(UserError) as caught:
            ask(Payload("x"), name, fallback=True, settings=settings)
        assert caught.value.exit_code == 2
        return f"{caught.value.message}; {caught.value.hint}"

    monkeypatch.delenv("STUB_KEY", raising=False)
    whole = settings_for("http://127.0.0.1:9")
    assert "STUB_KEY is not set; set STUB_KEY" in refused(whole)
    monkeypatch.setenv("STUB_KEY", "two words")
    assert "STUB_KEY holds no key" in refused(whole) and "two words" not in refused(whole)
    monkeypatch.setenv("STUB_KEY", KEY)
    nameless: dict[str, Any] = {name: replace(whole.openai, model="")}
    assert "has no model; write `[providers." in refused(replace(whole, **nameless))
    monkeypatch.setattr(sys, "path", [])
    for module in [one for one in sys.modules if one.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    assert f"-m pip install 'feedback-loop[{name}]'" in refused(whole)


def test_a_library_planted_in_the_repository_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "openai.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "openai", raising=False)
    assert "POST http://127.0.0.1:9/" in describe(
        Payload("x"), "openai", settings=settings_for("http://127.0.0.1:9")
    )


def test_libraries_beside_feedback_loop_itself_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the home folder is a repository, `pip install --user` has put everything inside of it."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(extras, "_HOME", str(tmp_path / "site"))
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "site"), str(tmp_path / "site/deeper")])
    with extras.trusted_path():
        assert sys.path == [str(tmp_path / "site")]


def test_the_offline_path_opens_no_socket_and_needs_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a socket was opened"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    assert ask(Payload("x"), "offline", fallback=False) == Answer(None, "offline")
    assert describe(Payload("x"), "offline") == "provider: offline\nnothing is sent\n"


# -- a program -----------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], ProviderSettings]:
    """A program of these lines of Python, as the user's settings would name it."""

    def write(lines: str) -> ProviderSettings:
        script = tmp_path / "assistant"
        script.write_text(f"#!{sys.executable} -I\nimport os, sys, time\n{lines}\n", encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return ProviderSettings(argv=(str(script), "-m", "$HOME;x"), path="config.toml")

    return write


def run(settings: ProviderSettings, timeout: float = 20.0) -> Answer:
    waiting = Waiting(lambda _: None, lambda: 0.0)
    return ask(Payload("write x", 99, timeout), "command", fallback=True, settings=settings, waiting=waiting)


def test_a_program_is_asked_without_a_shell_far_from_the_repository(
    program: Callable[[str], ProviderSettings],
) -> None:
    told = "print(repr([sys.argv[1:], sys.stdin.read(), os.listdir('.'), os.environ['PWD'] == os.getcwd()]))"
    assert run(program(told)) == Answer("[['-m', '$HOME;x'], 'write x', [], True]\n", "command")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("print('password=hunter2hunter2', file=sys.stderr); sys.exit(1)", "exit code 1: password=***)"),
        ("os.kill(os.getpid(), 9)", "program error (signal 9)"),
        ("pass", "empty answer"),
        ("sys.stdout.buffer.write(b'\\xff')", "invalid answer (not UTF-8)"),
        ("print('no code here')", "invalid answer (no code in it)"),
        ("while True: sys.stdout.write('x' * 65536)", "too large (more than 262144 bytes)"),
        ("sys.stderr.write('x' * 10**7); print('x y')", "invalid answer (no code in it)"),
    ],
)
def test_a_program_that_does_not_answer(
    program: Callable[[str], ProviderSettings], lines: str, words: str
) -> None:
    answer = run(program(lines))
    assert answer.code is None
    assert words in answer.note
    assert "hunter2" not in answer.note


def test_a_slow_program_is_killed_with_its_children(
    program: Callable[[str], ProviderSettings], tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    forks = f"pid = os.fork(); open({str(pids)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(60)"
    assert run(program(forks), timeout=0.7).provider == "offline (command failed: timeout)"
    numbers = [int(one) for one in pids.read_text().split()]
    assert len(numbers) == 6  # two processes, three attempts
    assert all(ends(one) for one in numbers)


def test_a_child_that_keeps_the_pipe_does_not_hold_us(program: Callable[[str], ProviderSettings]) -> None:
    assert run(program("print('x = 1', flush=True)\nif os.fork() == 0: time.sleep(60)")).code == "x = 1\n"


def test_a_prompt_that_nobody_reads_to_its_end(program: Callable[[str], ProviderSettings]) -> None:
    settings = program("print('x = 1')")
    payload = Payload("word " * 100_000)
    assert ask(payload, "command", fallback=False, settings=settings).code == "x = 1\n"


def test_a_program_is_found_on_path_outside_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = tmp_path / "repo/bin", tmp_path / "bin"
    (tmp_path / "repo/.git").mkdir(parents=True)
    for folder, said in ((inside, "y = 2"), (outside, "x = 1")):
        folder.mkdir()
        (folder / "assistant").write_text(f"#!/bin/sh\necho '{said}'\n")
        (folder / "assistant").chmod(0o755)
    monkeypatch.chdir(tmp_path / "repo")
    settings = ProviderSettings(argv=("assistant",), path="config.toml")
    monkeypatch.setenv("PATH", f"bin:{inside}:{outside}")
    assert run(settings).code == "x = 1\n"
    monkeypatch.setenv("PATH", f"bin:{inside}")
    with pytest.raises(UserError, match="outside of the repository") as caught:
        run(settings)
    assert "write its absolute path into argv of config.toml" in caught.value.hint
    (tmp_path / "repo/.git").rmdir()  # no repository: the user's own folders
    assert run(settings).code == "y = 2\n"
    monkeypatch.chdir("/")
    assert run(settings).code == "y = 2\n"


@pytest.mark.parametrize(
    ("argv", "words"),
    [((), "names no program"), (("/no/such/program",), "no program /no/such"), (("./x",), "no program ./x")],
)
def test_a_program_that_is_not_there(argv: tuple[str, ...], words: str) -> None:
    with pytest.raises(UserError, match=words):
        run(ProviderSettings(argv=argv))


def test_each_provider_tells_whether_it_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_KEY", KEY)
    settings = replace(settings_for("https://u:p@127.0.0.1:9"), argv=("/bin/sh",))
    assert usable(settings) == [
        Usable("offline", "the composer"),
        Usable("command", "/bin/sh"),
        Usable("openai", "some-model at https://***@127.0.0.1:9"),
        Usable("anthropic", "some-model at https://***@127.0.0.1:9"),
    ]
    assert os.environ["STUB_KEY"] not in str(usable(settings))
    nothing = {one.name: one for one in usable(ProviderSettings(path="config.toml"))}
    assert nothing["command"].trouble == "the provider command names no program"
    assert nothing["command"].cure.endswith("into config.toml")
