"""A traceback as a value, and which of its calls is the project's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

# Where packages and the standard library lie: POSIX, macOS, PyPy, the zip archive, eggs.
_LIBRARY = re.compile(
    r"^python\d\.\d+/|(?:^|/)(?:(?:site|dist)-packages|lib(?:32|64)?/(?:pymodules/)?(?:python|pypy)\d\.\d+t?|lib-python|lib_pypy"
    r"|python\d{2,3}\.zip|[^/]+-py\d\.\d+[^/]*\.egg)/"
)
# An installation of python.org, of a CI image, of the store, of conda and its kin, of pyenv or uv.
_WINDOWS_LIBRARY = re.compile(
    r"[a-z]:/(?:.*/)?(?:c?python[\d.]*(?:-[^/]*)?(?:/[\d.]+/(?:x64|x86|arm64))?|pythonsoftwarefoundation[^/]*|python/current"
    r"|[^/]*(?:conda|miniforge|mambaforge)[^/]*(?:/envs/[^/]+)?|pyenv-win/versions/[^/]+)/lib/",
    re.IGNORECASE,
)
# Packages whose folder alone is what error trackers and frozen programs show: one of that name at the top of
# a repository would hide them.
_PACKAGES = """
    aiohttp airflow alembic anyio asyncpg billiard boto3 botocore celery click django fastapi flask gevent
    gunicorn httpx jinja2 kombu marshmallow matplotlib numpy pandas peewee psycopg psycopg2 pydantic pymysql
    redis requests rest_framework scipy sentry_sdk sklearn sqlalchemy starlette torch tornado twisted
    urllib3 uvicorn uvloop werkzeug
"""
_FRAMEWORKS = frozenset(_PACKAGES.split())
_CYTHON = (".pyx", ".pxi", ".pxd")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
# Exceptions that only carry another one, besides the groups of one.
_CARRIERS = ("RuntimeError", "PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning")


@dataclass(frozen=True)
class Frame:
    """One call. `file` is as the trace shows it, POSIX separators; `line` counts from 1, 0 = unknown."""

    file: str
    line: int
    function: str = ""
    source: str = ""


@dataclass(frozen=True)
class Trace:
    """An exception and the calls that led to it, the deepest last.

    `exception` is the last part of `qualname`, both "" where the text ends before it. `causes` are the
    exceptions before it in its chain, the nearest first, then the members of a group. `link` says what
    such a one is to its neighbour: `cause` (raised from it), `context` (raised while it was handled) or
    `member`. `complete` is False where something is missing. `text` is the trace as written, its chain
    included and without what a logger put in front of the lines; only a whole trace has one.
    """

    exception: str
    qualname: str
    message: str
    frames: tuple[Frame, ...] = ()
    causes: tuple[Trace, ...] = ()
    complete: bool = True
    link: str = ""
    text: str = field(default="", compare=False, repr=False)


def deepest_own(trace: Trace, root: str | None) -> Frame | None:
    """The deepest call in the project's own code; None = there is none.

    `root` is the absolute folder of the repository. Own is what lies in it, relative paths too, but for
    installed packages and the standard library. A trace from elsewhere (no call lies in `root`, or
    `root` is None) has as own whatever is no library. If the exception itself has no such call, the ones
    it came from are asked. Cython tells relative paths of packages too: such a call is own where no other is.
    """
    chain = [trace, *trace.causes]
    folder = root.replace("\\", "/").rstrip("/") + "/" if root is not None else None
    passes = (
        lambda file: _lies_in(file, folder) and not _is_cython(file),
        lambda file: is_foreign_own(file) and not _is_cython(file),
        is_foreign_own,
    )
    for is_own in passes:
        for one in chain:
            for frame in reversed(one.frames):
                if is_own(frame.file):
                    return frame
    return None


def _lies_in(file: str, folder: str | None) -> bool:
    if folder is None:
        return False
    if file.startswith(folder):
        return _is_own(file.removeprefix(folder))
    package = file.partition("/")[0]
    if folder.endswith(f"/{package}/"):  # the repository of a framework
        return _is_own(file)
    return not _ABSOLUTE.match(file) and package != ".." and is_foreign_own(file)


def _is_cython(file: str) -> bool:
    return file.endswith(_CYTHON) and not _ABSOLUTE.match(file)


@lru_cache(4096)
def is_foreign_own(file: str) -> bool:
    """Whether a path of any machine is neither a package, nor the standard library, nor `<no file>`."""
    package, slash, _ = file.partition("/")
    return not (slash and package in _FRAMEWORKS) and _is_own(file)


def _is_own(file: str) -> bool:
    """The same by its folders alone: of a path that begins with the name of a package nothing is said."""
    if file.startswith("<") or _LIBRARY.search(file) or _WINDOWS_LIBRARY.match(file):
        return False
    folder, _, name = file.rpartition("/")
    # The script that an installer made.
    return not (folder.endswith("/bin") and "." not in name) and not folder.endswith(".exe")


def carried(trace: Trace) -> list[Trace]:
    """The exceptions to be judged: what the trace carries in the end first, the trace itself last."""
    found = [trace]
    while (inner := _inner(found[-1])) is not None:
        found.append(inner)
    return [found[-1], trace] if len(found) > 1 else found


def _inner(trace: Trace) -> Trace | None:
    """What the exception carries, with the rest of the chain as its causes."""
    members = [one for one in trace.causes if one.link == "member"]
    if members:
        return members[0] if len(members) == 1 and members[0].exception else None
    if not trace.causes or trace.causes[0].link != "cause":
        return None
    cause = trace.causes[0]
    # An ORM raises its own class of the same name, or puts the driver's class before the message.
    same = cause.exception == trace.exception or trace.message.startswith(f"({cause.qualname})")
    if trace.exception not in _CARRIERS and not same:
        return None
    return replace(cause, causes=(*trace.causes[1:], *cause.causes))
