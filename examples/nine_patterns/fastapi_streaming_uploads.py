"""FastAPI streaming uploads."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from fastapi import FastAPI, File, HTTPException, UploadFile
from fastapi.concurrency import run_in_threadpool

app = FastAPI()
UPLOADS = Path("uploads")
LARGEST = 800 * 1024 * 1024
CHUNK = 1024 * 1024


@app.post("/bad/files")
async def bad_receive(file: UploadFile) -> dict[str, str | int]:
    """The client chooses how much memory this takes, and how much of the disk."""
    # feedback-loop: ignore[fastapi_streaming_uploads] the mistake that this module shows
    data = await file.read()
    name = uuid4().hex
    (UPLOADS / name).write_bytes(data)
    return {"name": name, "size": len(data)}


@app.post("/good/files")
async def good_receive(file: UploadFile) -> dict[str, str | int]:
    """One chunk in memory at a time; 413 beyond LARGEST; the folder holds complete files only."""
    target = UPLOADS / uuid4().hex
    part = target.with_suffix(".part")
    size = 0
    try:
        with part.open("xb") as out:
            while chunk := await file.read(CHUNK):
                size += len(chunk)
                if size > LARGEST:
                    raise HTTPException(413, f"an upload has at most {LARGEST} bytes")
                await run_in_threadpool(out.write, chunk)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return {"name": target.name, "size": size}


@app.post("/bad/checksums")
# feedback-loop: ignore[fastapi_streaming_uploads] the mistake that this module shows
async def bad_checksum(file: Annotated[bytes, File()]) -> dict[str, str]:
    """FastAPI reads all of it before the function begins."""
    return {"sha256": hashlib.sha256(file).hexdigest()}


@app.post("/good/checksums")
async def good_checksum(file: UploadFile) -> dict[str, str]:
    """What needs one pass over the data needs no copy of it."""
    digest = hashlib.sha256()
    while chunk := await file.read(CHUNK):
        digest.update(chunk)
    return {"sha256": digest.hexdigest()}
