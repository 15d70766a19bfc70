"""The application: `uvicorn examples.audio_upload.app:app`."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from examples.audio_upload.analysis import Recording, analyse
from examples.audio_upload.settings import Settings
from examples.audio_upload.storage import BodyLimit, blocks, part_file, pieces, write_limited
from examples.audio_upload.wav_header import WavError

logger = logging.getLogger(__name__)
router = APIRouter()

_RAW_BODY = {"required": True, "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}
_ERRORS: dict[int | str, dict[str, str]] = {
    413: {"description": "Larger than the limit"},
    422: {"description": "No WAV file with 16-bit PCM samples, or a wrong parameter"},
}


class Category(StrEnum):
    """What a recording is. Whoever uploads it says so: the name of a file is for people."""

    SPEECH = "speech"
    MUSIC = "music"
    OTHER = "other"


# The rms level in dB that recordings of a category are brought to.
TARGETS = {Category.SPEECH: -20.0, Category.MUSIC: -14.0, Category.OTHER: -18.0}


@dataclass(frozen=True)
class Report:
    """The answer to an upload. `gain_db` brings it to the level of its category; None for silence."""

    name: str
    size: int
    category: Category
    gain_db: float | None
    recording: Recording


@router.post("/recordings", status_code=201, responses=_ERRORS)
async def upload_form(
    request: Request, file: UploadFile, category: Annotated[Category, Form()] = Category.OTHER
) -> Report:
    """Upload a WAV file in a form."""
    async with aclosing(pieces(file)) as chunks:
        return await _keep(request, chunks, category)


@router.post("/recordings/raw", status_code=201, responses=_ERRORS, openapi_extra={"requestBody": _RAW_BODY})
async def upload_raw(request: Request, category: Category = Category.OTHER) -> Report:
    """Upload a WAV file as the body itself: it is written once, where a form is spooled first."""
    async with aclosing(blocks(request.stream())) as chunks:
        return await _keep(request, chunks, category)


async def _keep(request: Request, chunks: AsyncIterable[bytes], category: Category) -> Report:
    """Write, analyse, and only then give the file its name."""
    folder: Path = request.app.state.folder
    async with part_file(folder) as part:
        size = await write_limited(chunks, part, request.app.state.settings.largest)
        recording = await run_in_threadpool(analyse, part)
        kept = part.with_suffix(".wav")
        part.replace(kept)
    logger.info("%s kept: %d bytes, %s", kept.name, size, category)
    rms_db = recording.levels.rms_db
    gain_db = None if rms_db is None else TARGETS[category] - rms_db
    return Report(kept.name, size, category, gain_db, recording)


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    """A file that we cannot read is the sender's to mend."""
    logger.warning("%s refused: %s", request.url.path, error)
    return JSONResponse({"detail": str(error)}, 422)


async def _forget(request: Request, error: Exception) -> JSONResponse:
    """Nobody is there to read the answer."""
    logger.info("%s: the client went away, its part file is removed", request.url.path)
    return JSONResponse({"detail": "the upload was not finished"}, 400)


@asynccontextmanager
async def _folder_at_hand(app: FastAPI) -> AsyncIterator[None]:
    """The folder of the settings, or a temporary one that ends with the application."""
    with ExitStack() as stack:
        folder = app.state.settings.folder
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="audio-upload-")))
        folder.mkdir(parents=True, exist_ok=True)
        app.state.folder = folder
        logger.info("uploads of at most %d bytes go to %s", app.state.settings.largest, folder)
        yield


def create_app(settings: Settings) -> FastAPI:
    """The application with these settings."""
    created = FastAPI(title="Audio upload", lifespan=_folder_at_hand)
    created.state.settings = settings
    created.include_router(router)
    created.add_middleware(BodyLimit, largest=settings.largest)
    created.add_exception_handler(WavError, _refuse)
    created.add_exception_handler(ClientDisconnect, _forget)
    return created


app = create_app(Settings.from_environment(os.environ))
