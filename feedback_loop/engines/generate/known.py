"""What is known of names of others: what calling or deriving from them does while a module is loaded.

Names are in full, as they are imported. What is not here is not known, and refused.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable

BUILTIN = "builtins."


def _of(module: str, names: Iterable[str]) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in names)


# What Python itself gives a module: none of them may be given another meaning.
MODULE = frozenset(
    ["__builtins__", "__doc__", "__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__"]
)
# Calls that go through what they are given.
ITERATING = _of("builtins", ["bytes", "dict", "frozenset", "list", "set", "tuple"])
# Calls that make a value and do nothing else.
CALLS = ITERATING.union(
    _of("builtins", ["float", "int", "range", "str"]),
    _of("pathlib", ["Path", "PurePath", "PurePosixPath"]),
    _of("typing", ["NewType", "ParamSpec", "TypeVar"]),
    ["dataclasses.field", "datetime.timedelta", "decimal.Decimal", "enum.auto", "logging.getLogger"],
    ["fastapi.APIRouter", "fastapi.FastAPI", "numpy.dtype", "re.compile"],
)
APPS = frozenset(["fastapi.APIRouter", "fastapi.FastAPI"])
ROUTES = frozenset(["delete", "get", "patch", "post", "put"])  # of an application, as decorators
ASKED = "generate_unique_id_function"  # the argument of an application that is called at once
DECORATORS = _of("builtins", ["classmethod", "property", "staticmethod"]).union(
    _of("contextlib", ["asynccontextmanager", "contextmanager"]),
    _of("functools", ["cache", "cached_property", "lru_cache", "wraps"]),
    ["abc.abstractmethod", "dataclasses.dataclass", "typing.final", "typing.override"],
)
ENUMS = _of("enum", ["Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"])
MODEL = "pydantic.BaseModel"
DECIDING = ENUMS | {MODEL}  # bases by which it goes what may stand in a class
BASES = DECIDING.union(
    _of("builtins", ["int", "object", "str"]),
    _of("typing", ["Generic", "NamedTuple", "Protocol", "TypedDict"]),
)
EXCEPTIONS = _of(
    "builtins",
    [
        name
        for name, value in vars(builtins).items()
        if isinstance(value, type) and issubclass(value, BaseException)
    ],
)
# Methods that are called where a class is made, derived from or named in an annotation.
HOOKS = frozenset(
    ["__class_getitem__", "__init_subclass__", "__mro_entries__", "__prepare__", "__set_name__"]
)
HOOK_WORDS = ("pydantic", "validators", "schema", "subclasshook", "instancecheck", "subclasscheck")
SHOWS = frozenset(["__str__", "__repr__"])  # of an enumeration: making its members calls neither
CONFIGURING = frozenset(["Config", "model_config"])  # of a model: functions in it are called at once
LIBRARIES = "ctypes"  # whoever names what is in it loads a library
