"""Which exception classes are of one kind: drivers and frameworks have names of their own for one mistake.

A class is known by the last part of its name; what it inherits from cannot be seen in a report.
"""

from __future__ import annotations

# A rule for the first name holds for the others too.
FAMILIES: dict[str, tuple[str, ...]] = {
    "IntegrityError": (
        *("IntegrityConstraintViolation", "UniqueViolation", "ForeignKeyViolation", "NotNullViolation"),
        *("IntegrityConstraintViolationError", "UniqueViolationError", "ForeignKeyViolationError"),
        *("NotNullViolationError", "DatabaseError", "DBAPIError"),
    ),
    "NotNullViolation": ("NotNullViolationError",),
    "ForeignKeyViolation": ("ForeignKeyViolationError",),
    "UniqueViolation": ("UniqueViolationError",),
    "OperationalError": (
        *("ProgrammingError", "UndefinedTable", "UndefinedColumn", "UndefinedTableError"),
        *("UndefinedColumnError", "DatabaseError", "DBAPIError", "NoSuchTableError"),
    ),
    "UndefinedTable": ("UndefinedTableError", "NoSuchTableError"),
    "UndefinedColumn": ("UndefinedColumnError",),
    "ValidationError": (
        *("RequestValidationError", "ResponseValidationError", "WebSocketRequestValidationError"),
        *("PydanticValidationError", "SchemaError", "WebRequestValidationError", "DjangoValidationError"),
    ),
    "ImportError": ("ModuleNotFoundError",),
    "AttributeError": ("FrozenInstanceError",),
    "TypeError": (),
    "KeyError": ("MultiValueDictKeyError", "BadRequestKeyError"),
    "IndexError": (),
    "NameError": ("UnboundLocalError",),
    "SyntaxError": ("IndentationError", "TabError"),
    "TimeoutError": (
        *("Timeout", "ReadTimeout", "ConnectTimeout", "WriteTimeout", "PoolTimeout", "TimeoutException"),
        *("ReadTimeoutError", "ConnectTimeoutError", "ServerTimeoutError", "SocketTimeout", "timeout"),
        *("ConnectionTimeoutError", "SoftTimeLimitExceeded", "TimeLimitExceeded", "QueryCanceled"),
        *("QueryCanceledError", "LockNotAvailable", "LockNotAvailableError", "CancelScopeTimeout"),
    ),
    "ConnectionRefusedError": ("ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError"),
    "ConnectionError": (
        *("ConnectError", "ClientConnectorError", "ClientConnectionError", "ClientOSError"),
        *("ServerDisconnectedError", "RemoteProtocolError", "RemoteDisconnected", "NewConnectionError"),
        *("MaxRetryError", "ProtocolError", "ReadError", "WriteError", "NetworkError", "URLError"),
        *("OperationalError", "InterfaceError", "ConnectionDoesNotExistError", "ConnectionFailure"),
        *("ServerSelectionTimeoutError", "AutoReconnect", "CannotConnectNowError", "OSError"),
        *("error",),  # Python 2: socket.error
    ),
    "HTTPError": (
        *("HTTPStatusError", "HTTPException", "ClientResponseError", "ResponseError", "WebTestError"),
        *("AppError", "BadRequest", "NotFound", "MethodNotAllowed", "Unauthorized", "Forbidden"),
        *("UnprocessableEntity", "InternalServerError", "APIException", "Http404", "PermissionDenied"),
        *("NotAuthenticated", "AuthenticationFailed"),
    ),
}

# What kind of error an exception is (C13), where no rule says. A class stands under the first that has it.
_TYPES: dict[str, tuple[str, ...]] = {
    "database": (
        *("IntegrityError", "OperationalError", "DataError", "InternalError", "InterfaceError"),
        *("NotSupportedError", "CheckViolation", "CheckViolationError", "InvalidRequestError"),
        *("StatementError", "NoResultFound", "MultipleResultsFound", "StaleDataError", "CompileError"),
        *("DetachedInstanceError", "PendingRollbackError", "FlushError", "ObjectDoesNotExist"),
        *("DoesNotExist", "MultipleObjectsReturned", "FieldError", "SQLAlchemyError", "MissingGreenlet"),
        *("UnmappedInstanceError", "NoReferencedTableError", "NoForeignKeysError", "TransactionError"),
        *("AmbiguousForeignKeysError", "ArgumentError", "DeadlockDetected", "SerializationFailure"),
        *("StringDataRightTruncation", "NumericValueOutOfRange", "InvalidTextRepresentation"),
        *("InvalidCursorName", "InvalidTransactionState", "InFailedSqlTransaction", "UndefinedFunction"),
        *("UndefinedObject", "DuplicateTable", "DuplicateColumn", "DuplicateObject", "DatatypeMismatch"),
        *("InsufficientPrivilege", "InvalidCatalogName", "ExclusionViolation", "ReadOnlySqlTransaction"),
    ),
    "validation": ("ValidationError",),
    "import": ("ImportError",),
    "attribute": ("AttributeError",),
    "type": ("TypeError",),
    "key": ("KeyError", "IndexError", "LookupError"),
    "name": ("NameError",),
    "syntax": ("SyntaxError",),
    "timeout": ("TimeoutError",),
    "http": ("HTTPError",),
    "assertion": ("AssertionError", "Failed"),
    "value": (
        *("ValueError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "JSONDecodeError"),
        *("ArithmeticError", "ZeroDivisionError", "OverflowError", "FloatingPointError", "InvalidOperation"),
    ),
    "runtime": (
        *("RuntimeError", "NotImplementedError", "RecursionError", "StopIteration", "StopAsyncIteration"),
        *(
            "OSError",
            "IOError",
            "error",
            "FileNotFoundError",
            "FileExistsError",
            "PermissionError",
            "MemoryError",
        ),
        *("IsADirectoryError", "NotADirectoryError", "EOFError", "SystemError", "SystemExit", "BufferError"),
        *("KeyboardInterrupt", "CancelledError", "ExceptionGroup", "BaseExceptionGroup", "Exception"),
        *("ReferenceError", "ChildProcessError", "InterruptedError", "ProcessLookupError", "GeneratorExit"),
        *("CalledProcessError", "BrokenProcessPool", "DeprecationWarning", "ResourceWarning", "UserWarning"),
        *("RuntimeWarning", "PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning"),
    ),
    "connection": ("ConnectionRefusedError", "ConnectionError"),
}


def _types() -> dict[str, str]:
    found: dict[str, str] = {}
    for error_type, names in _TYPES.items():
        for name in names:
            for one in (name, *FAMILIES.get(name, ())):
                found.setdefault(one, error_type)
    return found


_TYPE_OF = _types()


def is_of(exception: str, family: str) -> bool:
    """Whether a class is the one that a rule names, or of its kind."""
    return exception == family or exception in FAMILIES.get(family, ())


def error_type_of(exception: str) -> str:
    """The kind of error that a class is by its name alone; `unknown` for one that is not known."""
    return _TYPE_OF.get(exception, "unknown")


def is_known(exception: str) -> bool:
    """Whether the class is one of those that libraries raise, and so tells something by itself (C19)."""
    return exception in _TYPE_OF
