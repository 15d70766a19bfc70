"""The user's own `config.toml` -> ProviderSettings, every mistake named."""

from __future__ import annotations

import tomllib
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.provider import ProviderSettings, ServiceSettings
from feedback_loop.formats.schema import check_schema
from feedback_loop.formats.strict_json import Document

SIZE_CAP = 16 << 10  # small, because tomllib takes memory by the square of a key's parts


def parse_user_config(data: bytes, path: str) -> tuple[ProviderSettings, list[Problem]]:
    """The settings; with any problem the defaults. No problem shows a value that may be a key."""
    if len(data) > SIZE_CAP:
        return ProviderSettings(path=path), [Problem(path, 0, f"larger than {SIZE_CAP} bytes")]
    try:
        value: Any = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        problem = Problem(path, data[: error.start].count(b"\n") + 1, "not UTF-8")
    except tomllib.TOMLDecodeError as error:
        problem = Problem(path, 0, f"not TOML: {error}")
    except (RecursionError, ValueError):
        problem = Problem(path, 0, "nested too deep, or a number too large")
    else:
        problems = check_schema(Document(path, value, places=0), "user")
        return (ProviderSettings(path=path) if problems else _settings(value, path)), problems
    return ProviderSettings(path=path), [problem]


def _settings(value: dict[str, Any], path: str) -> ProviderSettings:
    providers = value.get("providers", {})
    default = ProviderSettings()
    return ProviderSettings(
        provider=value.get("generate", {}).get("provider", default.provider),
        argv=tuple(providers.get("command", {}).get("argv", ())),
        openai=_service(providers.get("openai", {}), default.openai),
        anthropic=_service(providers.get("anthropic", {}), default.anthropic),
        search_model=value.get("search", {}).get("model", ""),
        path=path,
    )


def _service(value: dict[str, str], default: ServiceSettings) -> ServiceSettings:
    return ServiceSettings(
        model=value.get("model", default.model),
        base_url=value.get("base-url", default.base_url).rstrip("/"),
        key_env=value.get("key-env", default.key_env),
    )
