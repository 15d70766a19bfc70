"""What `doctor` says of the user's providers."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback_loop.api.doctor_providers import examine_providers


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "feedback-loop/config.toml"
    path.parent.mkdir()
    path.touch(mode=0o600)
    return path


def test_without_settings_the_composer_is_asked_and_nothing_ails(config: Path) -> None:
    config.unlink()
    section, ailments = examine_providers()
    facts = dict(section.facts)
    assert (facts["file"], facts["offline"]) == ("none", "the composer (what `generate` asks)")
    assert facts["command"] == "not usable: the provider command names no program"
    assert facts["openai"] == "not usable: the provider openai needs a key: OPENAI_API_KEY is not set"
    assert ailments == []


def test_the_one_that_is_asked_ails_where_it_cannot_be(config: Path) -> None:
    config.write_text('[generate]\nprovider = "command"\n[providers.command]\nargv = ["/no/such"]\n')
    section, [ailment] = examine_providers()
    assert dict(section.facts)["command"] == "not usable: no program /no/such (what `generate` asks)"
    assert ailment.problem == "no program /no/such"
    assert "absolute path" in ailment.cure
    config.write_text('[generate]\nprovider = "command"\n[providers.command]\nargv = ["/bin/sh"]\n')
    assert examine_providers()[1] == []


def test_a_broken_file_is_told_with_its_cure(config: Path) -> None:
    config.write_text("[serch]\n")
    section, [ailment] = examine_providers()
    assert section.facts == (("file", "refused"),)
    assert "did you mean 'search'?" in ailment.problem and ailment.cure
