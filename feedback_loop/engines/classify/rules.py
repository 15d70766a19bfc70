"""The shipped rules as data, most specific first (C12)."""

from __future__ import annotations

import re

from feedback_loop.detectors import kinds
from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.failure import ERROR_TYPES
from feedback_loop.domain.pattern import Signature
from feedback_loop.engines.classify.families import FAMILIES, is_of
from feedback_loop.engines.classify.statuses import STATUS_RULES

_NULLABLE = "Give the column a default or make the request field required"
_FOREIGN = "Create or look up the parent row first; use Optional[int] for optional FK fields"
_UNIQUE = "Check for the existing row or handle the conflict"
_TABLE = "Create or migrate the table before use"
_COLUMN = "Keep model and migration in step"
_REQUIRED = "Send the field or give it a default"
_MISMATCH = "Declare the type the payload really has"
_EXTRA = "Remove the field or allow extras in the schema"
_CIRCULAR = "Import inside the function or move the shared name"
_MISSING = "Declare the dependency or fix the module path"
_WRONG_PATH = "Import the name from the module that defines it"
_NULL = "Handle the missing value before using it"
_ATTRIBUTE = "Use an attribute the class defines"
_JSON = "Convert the value to a plain Python type first"
_ARGUMENTS = "Call the function with the parameters it declares"
_KIND = "Check what the call returns before using it"
_KEY = "Check that the key (or element) exists first"
_NAME = "Define or import the name"
_SYNTAX = "Parse the generated file before writing it"
_WAIT = "Wait for the service, set a timeout"

_CIRCLE = ("circular import", "partially initialized module")

# (exception, the wordings that say so, constraint, kind of error, guidance); "" = any wording. The first
# wording is the original's where it has one. They are expressions without regard to case.
_TABLE_OF_RULES: tuple[tuple[str, tuple[str, ...], str, str, str], ...] = (
    ("NotNullViolation", ("",), "nullable_missing", "database", _NULLABLE),
    ("ForeignKeyViolation", ("",), "fk_relationship_missing", "database", _FOREIGN),
    ("UniqueViolation", ("",), "unique_constraint_missing", "database", _UNIQUE),
    (
        "IntegrityError",
        (
            *("NOT NULL constraint", "null value in column", "cannot be null", "violates not-null"),
            *("doesn't have a default value", "insert the value NULL into", "cannot insert NULL into"),
        ),
        "nullable_missing",
        "database",
        _NULLABLE,
    ),
    (
        "IntegrityError",
        (
            *("FOREIGN KEY constraint", "violates foreign key", "foreign key constraint fails"),
            *("conflicted with the REFERENCE constraint", "parent key not found", "child record found"),
            "has an invalid foreign key",  # Django, of its own rows
        ),
        "fk_relationship_missing",
        "database",
        _FOREIGN,
    ),
    (
        "IntegrityError",
        (
            *("UNIQUE constraint", "duplicate key value", "Duplicate entry", "UNIQUE KEY constraint"),
            *("violation of PRIMARY KEY", "insert duplicate key", "PRIMARY KEY must be unique"),
            r"columns? .+ (?:is|are) not unique",
        ),
        "unique_constraint_missing",
        "database",
        _UNIQUE,
    ),
    ("OperationalError", ("doesn't have a default value",), "nullable_missing", "database", _NULLABLE),
    ("UndefinedColumn", ("",), "missing_column", "database", _COLUMN),
    ("UndefinedTable", ("",), "missing_table", "database", _TABLE),
    (
        "OperationalError",
        (
            *(
                "no such column",
                "has no column named",
                r"column \S+ (?:of relation \S+ )?does not",
            ),
            *("unknown column", "invalid column name"),
        ),
        "missing_column",
        "database",
        _COLUMN,
    ),
    (
        "OperationalError",
        (
            *("no such table", r"relation \S+ does not exist", r"table \S+ doesn't exist"),
            *("invalid object name", "table or view does not exist"),
        ),
        "missing_table",
        "database",
        _TABLE,
    ),
    (
        "ValidationError",
        (
            *("field required", "this field is required", "is a required property"),
            *("missing data for required field", r"this field (?:may not|cannot) be (?:null|blank)"),
        ),
        "required_field_missing",
        "validation",
        _REQUIRED,
    ),
    (
        "ValidationError",
        (
            *("extra fields not permitted", "extra inputs are not permitted"),
            *("additional properties are not allowed", "unknown field"),
        ),
        "extra_field_in_schema",
        "validation",
        _EXTRA,
    ),
    (
        "ValidationError",
        (
            *("value is not a valid", "input should be", r"\b[a-z]{1,20} type expected", "is not of type"),
            *("none is not an allowed value", r"\ba valid \w{1,30} is required", r"\bnot a valid \w"),
            r"value must be (?:an?|either) ",
        ),
        "type_mismatch",
        "validation",
        _MISMATCH,
    ),
    ("ImportError", _CIRCLE, "circular_import", "import", _CIRCULAR),
    ("AttributeError", _CIRCLE, "circular_import", "import", _CIRCULAR),
    ("ImportError", ("No module named",), "missing_import", "import", _MISSING),
    ("ImportError", ("cannot import name",), "wrong_import_path", "import", _WRONG_PATH),
    ("AttributeError", ("NoneType",), "null_reference", "attribute", _NULL),
    ("AttributeError", ("has no attribute",), "missing_attribute", "attribute", _ATTRIBUTE),
    ("TypeError", ("not JSON serializable",), "not_serializable", "type", _JSON),
    (
        "TypeError",
        (
            r"missing \d{1,3} required .{0,40}argument",
            *("unexpected keyword argument", "invalid keyword argument", "multiple values for"),
            *(r"positional arguments? but \d{1,3} (?:was|were) given", r"required argument '"),
            *(r"takes (?:no|exactly \w{1,5}|at (?:most|least) \w{1,5}) (?:positional |keyword )?arguments?",),
        ),
        "wrong_arguments",
        "type",
        _ARGUMENTS,
    ),
    (
        "TypeError",
        ("not subscriptable", "not iterable", "not callable", "non-iterable", "item assignment"),
        "wrong_kind",
        "type",
        _KIND,
    ),
    ("KeyError", ("",), "missing_key", "key", _KEY),
    ("IndexError", ("",), "index_out_of_range", "key", _KEY),
    ("NameError", ("",), "undefined_name", "name", _NAME),
    ("SyntaxError", ("",), "invalid_syntax", "syntax", _SYNTAX),
    ("TimeoutError", ("",), "timeout", "timeout", _WAIT),
    ("ConnectionRefusedError", ("",), "connection_refused", "connection", _WAIT),
    (
        "ConnectionError",
        (
            *(
                "refused",
                r"\breset\b",
                "connect call failed",
                "connection attempts failed",
                "failed to establish a new connection",
            ),
            *(
                "could not connect to server",
                "can't connect to",
                "connection aborted",
                "cannot connect to host",
            ),
            *("closed connection without", "server disconnected", "server closed the connection"),
        ),
        "connection_refused",
        "connection",
        _WAIT,
    ),
)

SHIPPED: tuple[ClassifyRule, ...] = tuple(
    ClassifyRule(exception, wording, constraint, error_type, guidance)
    for exception, wordings, constraint, error_type, guidance in _TABLE_OF_RULES
    for wording in wordings
)


def find_shipped(exception: str, message: str) -> ClassifyRule | None:
    """The first shipped rule; where no class is told, one whose wording alone says enough."""
    for rule, expression in _of_class(exception):
        if expression.search(message):
            return rule
    return None


def is_shipped(signature: Signature, guidance: str) -> bool:
    """Whether a shipped rule gives this signature its constraint, and the guidance is that rule's (C24).

    The message shows its first line alone, so another rule's wording in it is a no, none at all is not.
    """
    exception = signature.exception or ""
    message = signature.message or ""
    telling = [rule for rule, one in _of_class(exception) if rule.match and one.search(message)]
    for rule in telling[:1] or [rule for rule, _ in _of_class(exception)]:
        same = rule.constraint == signature.constraint and rule.error_type == signature.error_type
        if same and guidance == rule.guidance:
            return True
    return False


def check_rule(rule: ClassifyRule) -> str:
    """What is wrong with a user's rule, "" = nothing."""
    if rule.error_type not in ERROR_TYPES:
        return f"no kind of error: {rule.error_type!a} (known: {', '.join(ERROR_TYPES)})"
    if not rule.constraint:
        return "it names no constraint"
    if len(rule.guidance.splitlines()) > 1:
        return "the guidance is more than one line"
    return kinds.check_text_regex(rule.match) if rule.match else ""


_Compiled = tuple[tuple[ClassifyRule, re.Pattern[str]], ...]
_ALL = (*SHIPPED, *STATUS_RULES)
_NAMES = frozenset(name for rule in _ALL for name in (rule.exception, *FAMILIES.get(rule.exception, ())))
_cache: dict[str, _Compiled] = {}


def _of_class(exception: str) -> _Compiled:
    """The shipped rules that hold for a class, in their order."""
    if exception and exception not in _NAMES:
        return ()
    if exception not in _cache:
        rules = (rule for rule in _ALL if _holds(rule, exception))
        _cache[exception] = tuple((rule, re.compile(rule.match, re.IGNORECASE)) for rule in rules)
    return _cache[exception]


def _holds(rule: ClassifyRule, exception: str) -> bool:
    if exception:
        return is_of(exception, rule.exception)
    # By themselves, words such as `refused` say nothing.
    return bool(rule.match) and rule.error_type != "connection"
