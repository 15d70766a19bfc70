"""The words that the grammar of prompts knows (D24), as data: canonical word, and what stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from feedback_loop.domain.words import stem

_VERBS = {
    "create": "create make generate define",
    "write": "write",
    "build": "build",
    "add": "add append",
    "implement": "implement",
    "process": "process",
    "parse": "parse",
    "read": "read",
    "load": "load open",
    "upload": "upload",
    "convert": "convert transform serialize serialise export",
    "validate": "validate verify check",
    "return": "return",
    "get": "get take pick fetch retrieve",
    "handle": "handle",
    "find": "find search",
    "compute": "compute calculate",
    "save": "save",
    "store": "store",
    "categorize": "categorize categorise categorization classify classification",
    "replace": "replace substitute",
    "clean": "clean cleanup sanitize sanitise",
}
_OBJECTS = {
    "list": "list item element entry sequence",
    "json": "json",
    "file": "file",
    "audio": "audio recording song",
    "image": "image photo picture",
    "array": "array ndarray np numpy",
    "config": "config configuration setting",
    "endpoint": "endpoint fastapi route api",
    "upload": "upload",
    "temp_file": "tempfile",
    "category": "category metadata",
    "nan": "nan inf infinity infinite",
    "number": "number integer float",
    "text": "text string",
    "mapping": "mapping dict dictionary",
    "csv": "csv",
}
# What a word of the second row says about the one that it stands at.
_QUALIFIERS = """
    function method helper python code script class large big huge size limit maximum max most up chunk
    stream streaming temporary temp first last safe safely multipart data value content given
"""
MAKE = frozenset({"create", "write", "build", "add", "implement"})
TEMPORARY = frozenset({"temp", "temporary"})
PLACES: Mapping[str, str] = MappingProxyType({"first": "first", "last": "last"})
# After these the next object is what is asked back, if it is one of those.
BACK = frozenset({"return", "to", "into", "as", "produce", "yield"})
ARTICLES = frozenset({"a", "an", "the"})
STAYS = frozenset({"return", "produc", "yield"})  # also past a word that nobody knows: "return sorted JSON"
RETURNED = frozenset({"array", "csv", "json", "list", "mapping", "number", "text"})

# Object -> the kind of the parameter that it calls for; the others call for none.
KIND_OF: Mapping[str, str] = MappingProxyType(
    {
        "list": "sequence",
        "json": "mapping",
        "file": "path",
        "audio": "path",
        "image": "path",
        "array": "array",
        "config": "path",
        "upload": "upload",
        "category": "mapping",
        "number": "number",
        "text": "text",
        "mapping": "mapping",
        "csv": "path",
    }
)


def _by_form(table: Mapping[str, str]) -> Mapping[str, str]:
    found = {}
    for canonical, words in table.items():
        for word in words.split():
            found[word] = found[stem(word)] = canonical
    return MappingProxyType(found)


VERBS = _by_form(_VERBS)
OBJECTS = _by_form(_OBJECTS)
QUALIFIERS = frozenset(form for word in _QUALIFIERS.split() for form in (word, stem(word)))
