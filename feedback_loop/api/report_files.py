"""Files that a person named: read from wherever they are, and reports unpacked."""

from __future__ import annotations

import io

from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.stores.files import read_anywhere

SIZE_CAP = 64 << 20  # bytes of a report, packed or unpacked
_MEBI = 1 << 20


def read_report_file(path: str, cap: int | None = None) -> bytes:
    """The bytes of the file, packed or not.

    Raises UserError for one that cannot be read, or holds more than `cap` bytes (`SIZE_CAP`).
    """
    shown = visible(path)
    if not path or "\0" in path:
        raise InputError(f"not a file's name: {path!a}")
    try:
        return read_anywhere(path, SIZE_CAP if cap is None else cap)
    except FileNotFoundError:
        raise MissingFileError(f"no such file: {shown}") from None
    except OSError as error:
        raise UserError(f"cannot read {shown}: {error.strerror}") from error


def unpack(name: str, data: bytes) -> tuple[str, bytes]:
    """The name without its `.gz`, `.bz2` or `.xz`, and the bytes: unpacked, if they begin like one of these.

    Raises InputError for what is damaged, or larger than `SIZE_CAP` when unpacked.
    """
    found = next(((suffix, read) for magic, suffix, read in _PACKED if data.startswith(magic)), None)
    if found is None:
        return name, data
    suffix, read = found
    try:
        plain = read(io.BytesIO(data))
    except ImportError as error:  # not every Python is built with all of them
        raise InputError(f"this Python cannot unpack {suffix}: it lacks {error.name}") from error
    except (OSError, EOFError) as error:
        raise InputError(f"cannot be unpacked as {suffix}: {error}") from error
    if len(plain) > SIZE_CAP:
        raise InputError(f"larger than {SIZE_CAP // _MEBI} MiB when unpacked")
    return name[: -len(suffix)] if name.lower().endswith(suffix) else name, plain


def _read_gz(source: io.BytesIO) -> bytes:
    import gzip
    import zlib

    try:
        with gzip.GzipFile(fileobj=source) as stream:
            return stream.read(SIZE_CAP + 1)
    except zlib.error as error:
        raise OSError(str(error)) from error


def _read_bz2(source: io.BytesIO) -> bytes:
    import bz2

    with bz2.BZ2File(source) as stream:
        return stream.read(SIZE_CAP + 1)


def _read_xz(source: io.BytesIO) -> bytes:
    import lzma

    try:
        with lzma.LZMAFile(source) as stream:
            return stream.read(SIZE_CAP + 1)
    except lzma.LZMAError as error:
        raise OSError(str(error)) from error


_PACKED = ((b"\x1f\x8b", ".gz", _read_gz), (b"BZh", ".bz2", _read_bz2), (b"\xfd7zXZ\x00", ".xz", _read_xz))
