"""What the wording of a message names: tables, columns, fields, modules, attributes (C15, C18).

The wordings are those of SQLite, PostgreSQL, MySQL, SQL Server, SQLAlchemy, Django and its REST framework,
pydantic 1 and 2, FastAPI, marshmallow, JSON Schema and CPython 3.8 to 3.14. A message in another language
names what its quotes and brackets show, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedback_loop.domain.entity_names import is_entity_name
from feedback_loop.domain.failure import Captured
from feedback_loop.engines.classify.families import error_type_of, is_known
from feedback_loop.engines.classify.wording import Wording

# Classes of frameworks that messages name in an entity's place.
_FRAMEWORK = frozenset(
    (
        *("Request", "Response", "JSONResponse", "HTMLResponse", "AsyncSession", "QuerySet", "RowMapping"),
        *("CursorResult", "InstrumentedAttribute", "InstrumentedList", "MetaData", "BaseModel", "FieldInfo"),
        *("ModelField", "FastAPI", "APIRouter", "Flask", "Blueprint", "AsyncClient", "TestClient"),
        *("HTTPConnection", "HTTPConnectionPool", "SimpleNamespace", "MagicMock", "AsyncMock", "DataFrame"),
        *(
            "Series",
            "ndarray",
            "Decimal",
            "UUID",
            "datetime",
            "date",
            "timedelta",
            "PosixPath",
            "WindowsPath",
        ),
    )
)

_DATABASE = (
    r"(?:NOT NULL|UNIQUE) constraint failed: (?P<table>\w+)\.(?P<column>\w+)",
    r"column (?P<column>\w+) (?:is|may) not (?:be NULL|unique)",  # SQLite before 3.8
    r"null value in column \"(?P<column>[^\"\n]+)\"(?: of relation \"(?P<table>[^\"\n]+)\")?",
    r"(?:insert or update|update or delete) on table \"(?P<table>[^\"\n]+)\" violates foreign key constraint"
    r" \"(?P<index>[^\"\n]+)\"(?: on table \"(?P<keep>[^\"\n]+)\")?",
    r"(?:unique|exclusion) constraint \"(?P<keep>[^\"\n]+)\"",
    r"relation \"(?P<table>[^\"\n]+)\" does not exist",
    r"column \"(?P<column>[^\"\n]+)\" of relation \"(?P<table>[^\"\n]+)\" does not exist",
    r"column (?:\"(?P<column>[^\"\n]+)\"|(?P<path>[\w.]+)) does not exist",
    r"new row for relation \"(?P<table>[^\"\n]+)\" violates check constraint \"(?P<keep>[^\"\n]+)\"",
    r"no such table: (?:\w+\.)?(?P<table>\w+)",
    r"no such column: (?P<path>[\w.]+)",
    r"table (?P<table>\w+) has no column named (?P<column>\w+)",
    r"Column '(?P<column>[^'\n]+)' cannot be null",
    r"Field '(?P<column>[^'\n]+)' doesn't have a default value",
    r"Duplicate entry '.*?' for key '(?P<index>[^'\n]+)'",
    r"foreign key constraint fails \((?:`[^`\n]+`\.)?`(?P<table>[^`\n]+)`, CONSTRAINT `(?P<keep>[^`\n]+)`"
    r" FOREIGN KEY \(`(?P<column>[^`\n]+)`\) REFERENCES `(?P<keep2>[^`\n]+)`",
    r"Table '(?P<table>[^'\n]+)' doesn't exist",
    r"Unknown column '(?P<path>[^'\n]+)' in '(?P<keep>[^'\n]+)'",
    r"value NULL into column '(?P<column>[^'\n]+)', table '(?P<table>[^'\n]+)'",
    r"KEY constraint '(?P<keep>[^'\n]+)'\. Cannot insert duplicate key in object '(?P<table>[^'\n]+)'",
    r"conflicted with the \w+(?: \w+)? constraint \"(?P<keep>[^\"\n]+)\"",
    r"Invalid object name '(?P<table>[^'\n]+)'",
    r"Invalid column name '(?P<column>[^'\n]+)'",
    r"insert NULL into \(\"[^\"\n]+\"\.\"(?P<table>[^\"\n]+)\"\.\"(?P<column>[^\"\n]+)\"\)",
    r"Entity namespace for \"(?P<table>\w+)\" has no property \"(?P<column>\w+)\"",
    r"^(?P<model>[A-Z]\w*) matching query does not exist",
    r"^(?P<model>[A-Z]\w*) has no (?P<keep>\w+)\.",
    r"Cannot resolve keyword '(?P<column>\w+)' into field",
    # PostgreSQL's own names of constraints, in the quotes of whatever language.
    r"[\"«»“”„] ?(?P<keep>\w+_(?:key|pkey|fkey|excl|idx|uniq)) ?[\"«»“”]",
    r"[\"«»“”„] ?(?P<table>\w+)_pkey ?[\"«»“”]",
)
# PostgreSQL's detail has the same brackets in each language; when a parent goes, it names the parent's key.
_DETAIL = re.compile(r"\n[^\n(]{1,60}\(\"?(?P<column>\w+)\"?(?:, [^)\n]{1,200})?\)=\(")
_PARENT = re.compile(r"update or delete on table|parent row|child record")
_VALIDATION = (
    r"['\"]loc['\"]:\s*[\[(](?P<loc>[^\])\n]*)[\])]",
    r"['\"]type['\"]:\s*['\"](?P<keep>[\w.]+)['\"]",
    r"^\d+ validation errors? for (?P<model>[^\n]{1,200}?):?\n(?![ \t])(?P<loc>[^\n]{1,300})\n",
    r"^\d+ validation errors? for (?P<model>[^\n]{1,200}?):?(?:\n|\Z)",
    r"^\{'(?P<loc>[\w.]+)': \[",
    r"\bcode='(?P<keep>\w+)'",
    r"^'(?P<loc>[^'\n]{1,100})' is a required property",
    r"Additional properties are not allowed \('(?P<loc>[^'\n]{1,100})' (?:was|were)",
    r" is not of type '(?P<keep>\w+)'",
)
_NAME_IN = r"'(?P<name>[^'\n]{1,200})'"
_PYTHON = (
    r"type object '(?P<model>[^'\n]+)' has no attribute '(?P<attribute>[^'\n]+)'",
    r"module '(?P<module>[^'\n]+)' has no attribute '(?P<attribute>[^'\n]+)'",
    r"submodule '(?P<attribute>[^'\n]+)' of module '(?P<module>[^'\n]+)'",
    r"'(?P<model>[^'\n]+)' object has no attribute '(?P<attribute>[^'\n]+)'",
    r"'(?P<model>[^'\n]+)' object attribute '(?P<attribute>[^'\n]+)' is read-only",
    r"No module named '?(?P<module>[\w.]+)'?(?:; '(?P<keep>[^'\n]+)' is not a package)?",
    r"cannot import name '?(?P<name>\w+)'?(?: from (?:partially initialized module )?'(?P<module>[^'\n]+)')?",
    rf"\bname {_NAME_IN} is (?:not defined|parameter and|assigned to|used prior)",
    rf"(?:local|free) variable {_NAME_IN}",
    r"^(?:(?P<model>[A-Z]\w*)(?:\.__init__)?\(\)|[\w.<>]+\(\)) got (?:an )?unexpected keyword arguments?:?"
    r" '(?P<name>\w+)'",
    r"^'(?P<name>\w+)' is an invalid keyword argument for (?P<model>\w+)",
    r"^(?:(?P<model>[A-Z]\w*)\.__init__\(\)|[\w.<>]+\(\)) missing \d+ required [\w -]{1,40}: '(?P<name>\w+)'",
    r"^(?:Client|Server) error '(?P<keep>[^'\n]{1,100})' for url",
    r" multiple values for (?:keyword )?argument '(?P<name>\w+)'",
    r"'(?P<keep>[\w.]+)' object (?:is not|does not|cannot be)",
    r" between instances of '(?P<keep>[\w.]+)' and '(?P<keep2>[\w.]+)'",
    r"unsupported operand type\(s\) for [^:\n]{1,6}: '(?P<keep>[\w.]+)' and '(?P<keep2>[\w.]+)'",
)
_MORE_ARGUMENTS = re.compile(
    r"missing \d+ required [\w -]{1,40}: (?P<names>'\w+'(?:,? (?:and )?'\w+'){1,20})"
)
# Below the key stands what was added to the error: `Reproduce with:`.
_KEY = (r"\A'(?P<name>[\w.:/@ -]{1,64})'(?=\n|\Z)", r"\A\"(?P<name>[\w.:/@' -]{1,64})\"(?=\n|\Z)")

_GROUPS = {
    name: tuple(re.compile(one, re.MULTILINE) for one in expressions)
    for name, expressions in (("database", _DATABASE), ("validation", _VALIDATION), ("python", _PYTHON))
}
# By the kind of error that the exception tells; "" = it tells none.
_LOOKED_AT = dict.fromkeys(("", "http", "unknown"), tuple(_GROUPS)) | {
    "database": ("database",),
    "validation": ("validation",),
}
_KEYS = tuple(re.compile(one) for one in _KEY)
_PLACES = ("body", "query", "path", "header", "headers", "cookie", "cookies", "response", "form", "file")
# A union's members are named by their types, behind the field.
_MEMBERS = (
    *("str", "int", "float", "bool", "bytes", "dict", "list", "tuple", "set", "none", "date", "datetime"),
)
_ROOTS = ("__root__", "non_field_errors", "__all__", "detail")
_IDENTIFIER = re.compile(r"[^\W\d]\w{0,99}\Z")
_INDEX = re.compile(
    r"\A(?:uq|uk|ux|ix|idx|unique|index)_+"
    r"|_[0-9a-f]{8}(?:_uniq)?\Z|_+(?:uq|uk|ux|idx|unique|uniq|key|index|fkey|fk)\Z"
)


def captured(wording: Wording) -> Captured:
    """What a failure's message names, with what of it stays in the template; never raises."""
    found = _Slots()
    for match in _matches(wording):
        for group, text in match.groupdict().items():
            if text:
                found.take(group, text)
    if found.get("column") == "" and not _PARENT.search(wording.message):
        detail = _DETAIL.search(wording.message)
        found.take("column", detail["column"] if detail else "")
    if more := _MORE_ARGUMENTS.search(wording.message):
        found.kept.extend(re.findall(r"'(\w+)'", more["names"]))
    return found.value()


def _matches(wording: Wording) -> Iterator[re.Match[str]]:
    kind = error_type_of(wording.exception) if wording.exception else ""
    if kind == "key":
        return (found for one in _KEYS if (found := one.match(wording.message)))
    names = _LOOKED_AT.get(kind, ("python",))
    return (found for name in names for one in _GROUPS[name] if (found := one.search(wording.telling)))


class _Slots:
    """What has been found, the first of each; all of it stays in the template."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self.kept: list[str] = []

    def get(self, name: str) -> str:
        return self._found.get(name, "")

    def take(self, group: str, text: str) -> None:
        """A group of an expression; some stand for more than one thing."""
        if not text:
            return
        self.kept.append(text)
        if group == "path":
            table, _, column = text.rpartition(".")
            self._put("table", _last(table))
            self._put("column", column)
        elif group == "index":
            self._take_index(text)
        elif group == "loc":
            self._put("field", _field(text))
            self.kept.extend(re.findall(r"\w+", text))
        elif group == "model":
            self._put("model", _model(text))
        elif group == "table":
            self._put("table", _last(text))
        elif not group.startswith("keep"):
            self._put(group, text)

    def _put(self, name: str, text: str) -> None:
        if text and (name in ("module", "name", "field") or _IDENTIFIER.match(text)):
            self._found.setdefault(name, text)

    def _take_index(self, index: str) -> None:
        """`users.email`, `users_email_key` and `products_category_id_fkey` name a column."""
        table, _, name = index.rpartition(".")
        if table:
            self.kept.append(table)  # an index's table is one, a column's may be an alias of the query
            self._put("table", _last(table))
        bare = _INDEX.sub("", name)
        known = self.get("table")
        # An index of another table than the one that is named tells nothing of this one.
        if name != "PRIMARY" and (table or not known or bare.startswith(f"{known}_")):
            self._put("column", bare.removeprefix(f"{known}_"))

    def value(self) -> Captured:
        # Longer than an identifier can be, it is data.
        kept = tuple(dict.fromkeys(one for one in self.kept if len(one) <= 200))
        return Captured(**self._found, kept=kept)


def _last(name: str) -> str:
    """A table without its schema and quotes."""
    return name.rpartition(".")[2].strip("\"'`[] ")


def _model(text: str) -> str:
    """The class in `Product`, `list[Product]`, `shop.models.Product`; "" for a type."""
    names = re.findall(r"[^\W\d][\w.]*", text)
    found = (name.rpartition(".")[2] for name in names)
    return next((name for name in found if _is_model(name)), "")


def _is_model(name: str) -> bool:
    """Whether a class of this name may be the application's: no type of Python or of a framework."""
    return is_entity_name(name) and name not in _FRAMEWORK and not is_known(name)


def _field(loc: str) -> str:
    """`items.price` for `items -> 0 -> price`, `items[0].price` and `'body', 'items', 0, 'price'`."""
    parts = [part.strip("\"' ") for part in re.split(r" -> |[.,\[\]]", loc)]
    if len(parts) > 1 and parts[0] in _PLACES:
        del parts[0]
    parts = [one for one in parts if _IDENTIFIER.match(one) and one not in _ROOTS and one not in _MEMBERS]
    return ".".join(parts)
