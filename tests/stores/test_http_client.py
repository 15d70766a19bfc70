"""What the environment and the settings say of connections: used, or refused by name; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback_loop.api.asking import describe
from feedback_loop.api.generation.asking import ask, usable
from feedback_loop.domain.provider import Payload, ProviderSettings, ServiceSettings
from feedback_loop.errors import UserError
from feedback_loop.stores.http_client import is_loopback

SERVICES = pytest.mark.parametrize("name", ["openai", "anthropic"])
FAR = "https://far.invalid/v1"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing of connections."""
    monkeypatch.setenv("STUB_KEY", "sk-proj-Zq8vN2mXw4Lk7RtYb1Hc9")
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


def settings_for(url: str) -> ProviderSettings:
    service = ServiceSettings("some-model", url, "STUB_KEY")
    return ProviderSettings(openai=service, anthropic=service, path="config.toml")


def refused(name: str, url: str) -> str:
    """What the dry run and the asking say alike."""
    with pytest.raises(UserError) as dry:
        describe(Payload("x"), name, settings=settings_for(url))
    with pytest.raises(UserError) as asked:
        ask(Payload("x"), name, fallback=True, settings=settings_for(url))
    assert (asked.value.exit_code, asked.value.message) == (2, dry.value.message)
    return f"{asked.value.message}; {asked.value.hint}"


@SERVICES
@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALL_PROXY", "socks5://x:1", "ALL_PROXY cannot be used: a SOCKS proxy needs the package socksio"),
        ("https_proxy", "garbage://me:hunter2hunter2@x", "https_proxy cannot be used: Unknown scheme"),
        ("HTTPS_PROXY", "http://[::1", "HTTPS_PROXY cannot be used: Invalid port"),
        ("SSL_CERT_FILE", "/no/such", "SSL_CERT_FILE cannot be used: [Errno 2]"),
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE cannot be used: "),
    ],
)
def test_a_proxy_or_certificates_that_cannot_be_used(
    name: str, variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    told = refused(name, FAR)
    assert told.startswith(words)
    assert "unset it" in told and "hunter2" not in told


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("openai", "OPENAI_ORG_ID", "é"),
        ("openai", "OPENAI_PROJECT_ID", "a\nb: c\x07"),
        ("openai", "OPENAI_CUSTOM_HEADERS", "a: 1\nb: é"),
        ("anthropic", "ANTHROPIC_CUSTOM_HEADERS", "é: 1"),
    ],
)
def test_a_variable_that_cannot_be_a_header(
    name: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert refused(name, FAR) == (
        f"{variable} holds what no HTTP header can; set {variable} anew, or unset it"
    )
    monkeypatch.setenv(variable, "a: 1\nb: 2" if variable.endswith("HEADERS") else "org-1")
    assert f"POST {FAR}" in describe(Payload("x"), name, settings=settings_for(FAR))


@SERVICES
@pytest.mark.parametrize("url", ["https://[::1", "https://a\0b", "https://a:b", "https://é$"])
def test_an_address_that_is_none(name: str, url: str) -> None:
    assert "is no address: " in refused(name, url)
    assert refused(name, url).endswith("; mend base-url in config.toml")


@SERVICES
@pytest.mark.parametrize(
    "url",
    [
        "http://far.invalid/v1",
        "http://192.168.1.5:11434",
        "http://0.0.0.0",
        "http://localhost.evil.invalid",
        "http://127.0.0.1.evil.invalid",
        "http://127.0.0.1@evil.invalid",
        "http://evil.invalid\\@127.0.0.1",
        "http://[::1",
    ],
)
def test_no_key_goes_unencrypted_to_another_machine(name: str, url: str) -> None:
    told = refused(name, url)
    assert "http:// would show it the key unencrypted; write https:// into base-url of config.toml" in told
    assert {one.name: "unencrypted" in one.trouble for one in usable(settings_for(url))}[name]


@SERVICES
@pytest.mark.parametrize("host", ["localhost:1", "LOCALHOST.", "a.localhost", "127.9.9.9", "[::1]:8000"])
def test_this_machine_needs_no_encryption_and_no_proxy(
    name: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "garbage://x")
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such")
    assert (
        f"POST http://{host}/".casefold()
        in describe(Payload("x"), name, settings=settings_for(f"http://{host}")).casefold()
    )


@pytest.mark.parametrize("host", ["", "localhost.org", "xlocalhost", "::2", "10.0.0.1", "127.1", "1.0.0.127"])
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)


def test_a_prompt_with_half_a_character_is_sent_as_a_question_mark() -> None:
    assert '"content": "a?b"' in describe(Payload("a\ud800b"), "openai", settings=settings_for(FAR))


def test_the_file_of_this_test_is_no_certificate() -> None:
    assert "BEGIN " + "CERTIFICATE" not in Path(__file__).read_text("utf-8")
