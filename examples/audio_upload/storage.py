"""Uploads on their way to the disk: one chunk in memory, a limit, and no part file left behind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from fastapi import HTTPException, UploadFile
from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHUNK = 1024 * 1024
_FORM = 64 * 1024  # what a form needs around its file


def too_large(largest: int) -> HTTPException:
    """The answer 413."""
    return HTTPException(413, f"an upload has at most {largest} bytes")


class BodyLimit:
    """Refuses a body above `largest` bytes, or a form around such a file, while it arrives.

    The routes count as well, but a form is spooled to the disk before its route is called.
    """

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the limit is raised inside of it, where the application answers errors."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"")
        announced = int(length) if length.isdigit() else 0
        arrived = 0

        async def limited() -> Message:
            nonlocal arrived
            if announced > self._largest + _FORM:
                raise too_large(self._largest)
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self._largest + _FORM:
                raise too_large(self._largest)
            return message

        await self._app(scope, limited, send)


async def pieces(upload: UploadFile) -> AsyncGenerator[bytes]:
    """The file of a form, CHUNK bytes at a time."""
    while chunk := await upload.read(CHUNK):
        yield chunk


async def blocks(stream: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """What the network brings in small pieces, gathered to about CHUNK bytes."""
    block = bytearray()
    async for piece in stream:
        block += piece
        if len(block) >= CHUNK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


@asynccontextmanager
async def part_file(folder: Path) -> AsyncIterator[Path]:
    """A new, empty file, gone at the end unless it has been moved to its place."""
    part = folder / f"{uuid4().hex}.part"
    try:
        part.touch(exist_ok=False)
        yield part
    finally:
        part.unlink(missing_ok=True)


async def write_limited(chunks: AsyncIterable[bytes], part: Path, largest: int) -> int:
    """Write the chunks; how many bytes they were.

    Raises:
        HTTPException: 413, they are more than `largest`.
    """
    size = 0
    with part.open("wb") as out:
        async for chunk in chunks:
            size += len(chunk)
            if size > largest:
                raise too_large(largest)
            await run_in_threadpool(out.write, chunk)
    return size
