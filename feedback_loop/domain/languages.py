"""Which files are written in which language: by suffix, and for scripts by the first line."""

from __future__ import annotations

SUFFIXES: dict[str, tuple[str, ...]] = {
    "bash": (".sh", ".bash"),
    "c": (".c", ".h"),
    "cpp": (".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"),
    "csharp": (".cs",),
    "css": (".css",),
    "go": (".go",),
    "html": (".html", ".htm"),
    "java": (".java",),
    "javascript": (".js", ".jsx", ".mjs", ".cjs"),
    "json": (".json",),
    "kotlin": (".kt", ".kts"),
    "lua": (".lua",),
    "php": (".php",),
    "python": (".py", ".pyi", ".pyw"),
    "ruby": (".rb",),
    "rust": (".rs",),
    "scala": (".scala",),
    "sql": (".sql",),
    "swift": (".swift",),
    "toml": (".toml",),
    "typescript": (".ts", ".tsx", ".mts", ".cts"),
    "yaml": (".yaml", ".yml"),
}

_COMMENTS = {
    "//": (
        *("c", "cpp", "csharp", "go", "java", "javascript"),
        *("kotlin", "php", "rust", "scala", "swift", "typescript"),
    ),
    "--": ("lua", "sql"),
    "/*": ("css",),
    "<!--": ("html",),
}
_BY_SUFFIX = {suffix: language for language, suffixes in SUFFIXES.items() for suffix in suffixes}
_SHELLS = (b"sh", b"ash", b"bash", b"dash", b"ksh", b"zsh")


def comment(text: str, path: str) -> str:
    """The text as a comment of the file's language."""
    language = language_of(path)
    for sign, languages in _COMMENTS.items():
        if language in languages:
            closing = {"/*": " */", "<!--": " -->"}.get(sign, "")
            return f"{sign} {text}{closing}"
    return f"# {text}"


def language_of(path: str, first_line: bytes = b"") -> str | None:
    """The file's language; `#!…python` and `#!…sh` count where the suffix says nothing."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    language = _BY_SUFFIX.get(name[dot:]) if dot >= 0 else None
    if language is None and first_line.startswith(b"#!"):
        # `#!/bin/sh -e`, `#!/usr/bin/env -S python3 -u`: any word may name the program.
        for word in first_line[2:].split():
            program = word[word.rfind(b"/") + 1 :]
            if program.startswith(b"python"):
                return "python"
            if program in _SHELLS:
                return "bash"
    return language
