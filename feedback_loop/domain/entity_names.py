"""Which words can name an entity, and which entity of an application a word or a path means (C17)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from feedback_loop.domain.api_model import Entity, ModelField
from feedback_loop.domain.failure_scope import entity_of_schema
from feedback_loop.domain.plurals import name_key, plural_keys, singular

# A table and not what this Python has: every version must give a failure the same name.
_BUILTINS = """
    NoneType None bool bytearray bytes builtin_function_or_method classmethod code complex coroutine dict
    dict_items dict_keys dict_values ellipsis enumerate filter float frame frozenset function generator int
    iterator list list_iterator map mappingproxy memoryview method method_descriptor module object property
    range reversed set slice staticmethod str super traceback tuple type wrapper_descriptor zip
    NotImplementedType EllipsisType self cls
"""
# Of `typing` and `collections`: an application that knows one of these as its own may have it.
_TYPING = """
    Annotated Any AnyStr AsyncGenerator AsyncIterable AsyncIterator Awaitable BinaryIO Callable ChainMap
    ClassVar Collection Concatenate Container ContextManager Coroutine Counter DefaultDict Deque Dict Final
    ForwardRef FrozenSet Generator Generic Hashable IO ItemsView Iterable Iterator KeysView List Literal
    LiteralString Mapping Match MutableMapping MutableSequence MutableSet NamedTuple Never NewType NoReturn
    Optional OrderedDict ParamSpec Pattern Protocol Required Reversible Self Sequence Set Sized SupportsInt
    Text TextIO Tuple Type TypeAlias TypeGuard TypeVar TypedDict Union Unpack UserDict UserList UserString
    ValuesView defaultdict deque namedtuple
"""
_NEVER = re.compile(
    r"api|v\d+(?:[._]\d+)*|test|tests|test_.*|.*_test|conftest|BaseModel|SQLModel|DeclarativeBase|Base",
    re.IGNORECASE,
)
_UNLIKELY = re.compile(
    r"Test(?=[A-Z\d_])\w*|\w*(?:Error|Exception|Warning)s?\Z|SystemExit\Z|KeyboardInterrupt\Z"
)
_VERSION = re.compile(r"api|v\d+(?:\.\d+)*", re.IGNORECASE)
# Segments that say what is done, not to what.
_ACTIONS = """
    activate approve archive authorize batch bulk callback cancel check complete confirm copy count create
    deactivate delete disable download edit enable execute export health healthcheck healthz import info list
    login logout lookup me metrics new openapi ping preview publish query readiness ready refresh register
    reject remove reset restore resume retry root run search send signin signup start stats stop submit sync
    toggle token unpublish update upload validate verify webhook
"""
_TYPES, _GENERIC, _DONE = (frozenset(words.split()) for words in (_BUILTINS, _TYPING, _ACTIONS))
_LONGEST = 64  # characters, as what is injected (C24)


def is_entity_name(name: str, known: bool = False) -> bool:
    """Whether the name can be an entity's: no type, version, test or exception, and a name at all.

    `known` = the application's model has it: then it may be called like a type of `typing` too.
    """
    plain = name.replace("-", "_").replace(".", "_")
    if len(name) > _LONGEST or not plain.isidentifier() or name in _TYPES or _NEVER.fullmatch(name):
        return False
    return known or not (name in _GENERIC or _UNLIKELY.match(name))


def resources(path: str) -> Iterator[str]:
    """The literal segments of a path, the last first, without `api` and versions."""
    for segment in reversed(path.split("/")):
        if segment and not segment.startswith(("{", ":", "<")) and not _VERSION.fullmatch(segment):
            yield segment


def resource_of(path: str) -> str:
    """The last segment that names a resource, singular where the table knows it; "" for none."""
    for segment in resources(path):
        if segment.lower() in _DONE:
            continue
        for word in (singular(segment), segment):  # /properties: a `property` is a type of Python
            if is_entity_name(word):
                return word
    return ""


class EntityNames:
    """The entities of a model by all that they are called."""

    __slots__ = ("_by_name", "_keys", "_schemas", "_tables")

    def __init__(self, entities: Sequence[Entity]) -> None:
        known = [one for one in entities if is_entity_name(one.name, known=True)]
        self._by_name = {one.name: one for one in reversed(known)}
        self._tables = {one.table.casefold(): one.name for one in reversed(known) if one.table}
        self._schemas = {schema: one.name for one in reversed(known) for schema in one.schemas}
        self._schemas |= {name: name for name in self._by_name}
        self._keys: dict[str, str] = {}
        for one in known:
            self._keys.setdefault(name_key(one.name), one.name)
        for one in known:
            for key in sorted(plural_keys(one.name)):
                self._keys.setdefault(key, one.name)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def named(self, word: str) -> str:
        """The entity that a word means, in whatever spelling and number; "" for none."""
        if not self._keys:
            return ""
        key = name_key(word)
        if key in self._keys:
            return self._keys[key]
        found = (self._keys[plural] for plural in sorted(plural_keys(word)) if plural in self._keys)
        return next(found, "") if key else ""

    def of_table(self, table: str) -> str:
        """The entity of a table: by the tables known, else by its name, else without an app's prefix."""
        name = table.strip("\"'`[]").rpartition(".")[2].strip("\"'`[]")
        found = self._tables.get(name.casefold()) or self.named(name)
        head, separator, rest = name.partition("_")
        # A table of links between two entities (`product_tags`) is neither's.
        while not found and separator and not self.named(head):
            found = self.named(rest)
            head, separator, rest = rest.partition("_")
        return found

    def of_schema(self, schema: str) -> str:
        """The entity of a class or schema such as `ProductCreate`; "" for none."""
        found = self._schemas.get(schema) or self._schemas.get(entity_of_schema(schema))
        return found or ""

    def of_path(self, path: str) -> str:
        """The entity that the last telling segment of a path names; "" for none."""
        return next((name for one in resources(path) if (name := self.named(one))), "")

    def field_of(self, entity: str, field: str) -> ModelField | None:
        """The field of an entity; that of a relation `category` for `category_id` too."""
        known = self._by_name.get(entity)
        fields = {one.name: one for one in known.fields} if known else {}
        return fields.get(field) or fields.get(field.removesuffix("_id")) or fields.get(f"{field}_id")
