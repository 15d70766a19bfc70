"""Vectors of texts in one file per model in the git directory, to be deleted at any time (CACHE-1, D12f).

After a keyed tag (`stores.compiled`) come the number of floats in a vector, and per text its sha256 and the
vector as 32-bit floats. Whatever is wrong with the file, a missing key or a read-only disk included, the
vectors are the same: they take longer.
"""

from __future__ import annotations

import hashlib
import os
import sys
from array import array
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from math import isfinite

from feedback_loop import __version__
from feedback_loop.errors import UserError
from feedback_loop.stores.compiled import keyed_tag, user_key
from feedback_loop.stores.files import atomic_write

_MOST = 20_000  # vectors; those not asked for longest go first
_CAP = 512 << 20
_TAG = 32
_WIDTH = 4
_HASH = 32
_FLOAT = "f"


def text_key(text: str) -> bytes:
    """What stands for a text in the file."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def packed(numbers: Iterable[float]) -> bytes:
    """The numbers of a vector as they are kept. Raises TypeError, ValueError or OverflowError for others."""
    made = array(_FLOAT, numbers)
    if not all(map(isfinite, made)):
        raise ValueError("a number is not finite")
    return made.tobytes()


def unpacked(data: bytes) -> tuple[float, ...]:
    """The vector that was packed."""
    return tuple(array(_FLOAT, data))


class VectorCache:
    """The vectors of one model, kept in a folder of caches; `model` names it with all that changes them."""

    def __init__(self, folder: str, model: str) -> None:
        name = hashlib.sha256(model.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self._path = f"{folder}/vectors-{name}.bin"
        self._what = repr(("vectors", 1, __version__, sys.byteorder, model))
        self._key = user_key()

    def load(self) -> dict[bytes, bytes]:
        """The packed vectors by `text_key`, the last asked for at the end; none if none can be trusted."""
        if self._key is None:
            return {}
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            with open(descriptor, "rb") as file:
                data = file.read(_CAP + 1)
        except OSError:
            return {}
        body = data[_TAG:]
        if len(data) > _CAP or data[:_TAG] != keyed_tag(self._key, self._what, body):
            return {}
        step = _HASH + _WIDTH * int.from_bytes(body[:_WIDTH], "little")
        return {body[at : at + _HASH]: body[at + _HASH : at + step] for at in range(_WIDTH, len(body), step)}

    def save(self, vectors: Mapping[bytes, bytes]) -> None:
        """Keep these, all of one length, in this order; a cache that cannot be written is left alone."""
        if self._key is None or not vectors:
            return
        kept = islice(vectors.items(), max(0, len(vectors) - _MOST), None)
        width = len(next(iter(vectors.values()))) // _WIDTH
        body = b"".join([width.to_bytes(_WIDTH, "little"), *(part for pair in kept for part in pair)])
        with suppress(OSError, UserError):
            atomic_write(self._path, keyed_tag(self._key, self._what, body) + body, 0o600)
