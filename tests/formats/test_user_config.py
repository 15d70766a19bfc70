"""The user's own settings: where they are, whose they are, and all that is wrong with them at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.provider import ProviderSettings, ServiceSettings
from feedback_loop.errors import UserError
from feedback_loop.formats.user_config import parse_user_config
from feedback_loop.stores.user_config import load_user_config, user_config_path

WHOLE = b"""
[generate]
provider = "command"

[providers.command]
argv = ["llm", "-m", "some model"]

[providers.openai]
model = "large"
base-url = "http://localhost:8000/v1/"
key-env = "MY_KEY"

[providers.anthropic]
model = "small"

[search]
model = "all-MiniLM-L6-v2"
"""


def test_nothing_is_said() -> None:
    assert parse_user_config(b"", "config.toml") == (ProviderSettings(path="config.toml"), [])
    assert ProviderSettings().openai == ServiceSettings("", "https://api.openai.com/v1", "OPENAI_API_KEY")
    assert ProviderSettings().anthropic.key_env == "ANTHROPIC_API_KEY"


def test_everything_is_said() -> None:
    assert parse_user_config(b"\xef\xbb\xbf" + WHOLE, "config.toml") == (
        ProviderSettings(
            provider="command",
            argv=("llm", "-m", "some model"),
            openai=ServiceSettings("large", "http://localhost:8000/v1", "MY_KEY"),
            anthropic=ServiceSettings("small", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
            search_model="all-MiniLM-L6-v2",
            path="config.toml",
        ),
        [],
    )


def test_all_mistakes_are_named_at_once_and_no_key_is_shown() -> None:
    data = (
        b'serch = 1\n[generate]\nprovider = "opnai"\n[providers.openai]\nmodle = "x"\n'
        b'key-env = "sk-proj-abcdefgh"\nbase-url = "https://me:hunter2@host/v1"\n'
        b'[providers.command]\nargv = "llm -m x"\n'
    )
    settings, problems = parse_user_config(data, "config.toml")
    assert settings == ProviderSettings(path="config.toml")
    assert [str(problem) for problem in problems] == [
        "config.toml: /generate/provider: 'opnai' is not one of offline, command, openai, anthropic "
        "(did you mean 'openai'?)",
        'config.toml: /providers/command/argv: expected array, not "llm -m x"',
        "config.toml: /providers/openai/base-url: an address is http:// or https://, a host and "
        "perhaps a port and a path; it names no user",
        "config.toml: /providers/openai/key-env: the name of an environment variable; a key itself never stands here",
        "config.toml: /providers/openai/modle: unknown key (did you mean 'model'?)",
        "config.toml: /serch: unknown key (did you mean 'search'?)",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[generate", "not TOML"),
        (b"x = '\xff'", "not UTF-8"),
        (b"x = " + b"[" * 9000, "nested too deep"),
        (b"#" * 20_000, "larger than 16384 bytes"),
        (b'[providers.command]\nargv = ["a\\u0000"]', "without NUL"),
        (b'[providers.openai]\nbase-url = "file:///etc/passwd"', "http:// or https://"),
        (b'[providers.openai]\nmodel = "a\\nb"', "neither spaces"),
    ],
)
def test_what_cannot_be_read_is_one_problem(data: bytes, words: str) -> None:
    settings, [problem] = parse_user_config(data, "config.toml")
    assert words in str(problem)
    assert settings == ProviderSettings(path="config.toml")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_settings_or_problems(data: bytes) -> None:
    found, problems = parse_user_config(data, "config.toml")
    assert not problems or found == ProviderSettings(path="config.toml")


# -- the file ------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "config/feedback-loop/config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/ada")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/mine/")
    assert user_config_path() == "/etc/mine/feedback-loop/config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", ".config")  # it would lie in the repository
    assert user_config_path() == "/somewhere/ada/.config/feedback-loop/config.toml"
    monkeypatch.setenv("HOME", "")
    assert (user_config_path(), load_user_config()) == ("", ProviderSettings())


def test_a_file_that_is_not_there_and_one_that_is(config: Path) -> None:
    assert load_user_config() == ProviderSettings(path=str(config))
    config.write_bytes(WHOLE)
    config.chmod(0o600)
    assert load_user_config() == parse_user_config(WHOLE, str(config))[0]


def test_a_file_that_others_may_write_is_refused(config: Path) -> None:
    config.write_bytes(WHOLE)
    for mode in (0o620, 0o602):
        config.chmod(mode)
        with pytest.raises(UserError, match="can be written by others") as caught:
            load_user_config()
        assert caught.value.hint == f"chmod go-w {config}"
        assert caught.value.exit_code == 2


def test_a_file_of_somebody_else_is_refused(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_bytes(WHOLE)
    config.chmod(0o600)
    if config.stat().st_uid == 0:
        os.chown(config, 4711, -1)
    else:
        monkeypatch.setattr("os.geteuid", lambda: 4711)
    with pytest.raises(UserError, match="belongs to somebody else"):
        load_user_config()


def test_mistakes_and_no_file_at_all(config: Path) -> None:
    config.write_text("[generat]\n[serch]\n")
    config.chmod(0o600)
    with pytest.raises(UserError) as caught:
        load_user_config()
    assert caught.value.message.count("unknown key") == 2
    config.unlink()
    config.mkdir(mode=0o700)
    with pytest.raises(UserError, match="not a regular file"):
        load_user_config()
