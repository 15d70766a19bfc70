"""Texts as vectors of a language model on this disk, by the extra `semantic` (D12f).

Nothing is downloaded and nothing of the repository is run: the model is named by its user, looked for in
the cache of Hugging Face or in the folder given, and read from safetensors alone. It is loaded (6 to 15 s)
when the first text comes whose vector is not kept.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Protocol, TypeAlias

from feedback_loop.errors import InputError, UserError
from feedback_loop.stores.extras import load_extra, require_extra, trusted_path
from feedback_loop.stores.vector_cache import VectorCache, packed, text_key, unpacked

Vector: TypeAlias = tuple[float, ...]

MODEL = "all-MiniLM-L6-v2"
EXTRA = "semantic"
_LIBRARY = "sentence_transformers"
_OWNER = "sentence-transformers/"  # whose a model is that is named without an owner
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class Model(Protocol):
    """What is used of a `SentenceTransformer`."""

    def encode(
        self, sentences: list[str], *, normalize_embeddings: bool, show_progress_bar: bool
    ) -> Iterable[Iterable[float]]:
        """A row of numbers per text."""


class Embedder:
    """Vectors by one model, each made once. `load` gives the model when it is needed for the first time."""

    def __init__(self, cache: VectorCache, load: Callable[[], Model]) -> None:
        self._cache = cache
        self._load = load
        self._model: Model | None = None
        self._known: dict[bytes, bytes] | None = None

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """A vector per text, of length 1, or all zeros for a text without words.

        Their products sum to the cosine of the angle between them (`engines.search.fusion.by_cosine`).
        Raises UserError if the model cannot be loaded or does not answer with vectors.
        """
        if self._known is None:
            self._known = self._cache.load()
        keys = [text_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            made = self._made(list(new.values()))
            if any(len(data) != len(made[0]) for data in islice(self._known.values(), 1)):
                self._known = {}  # the name stands for another model by now
                return self.encode(texts)
            asked = {key: self._known.pop(key) for key in dict.fromkeys(keys) if key in self._known}
            self._known |= asked | dict(zip(new, made, strict=True))
            self._cache.save(self._known)
        return [unpacked(self._known[key]) for key in keys]

    def _made(self, texts: list[str]) -> list[bytes]:
        if self._model is None:
            self._model = self._load()
        # A command line may hold bytes that are no text: no tokeniser takes them.
        sound = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        rows = self._model.encode(sound, normalize_embeddings=True, show_progress_bar=False)
        try:
            made = [packed(map(float, row)) for row in rows]
        except (TypeError, ValueError, OverflowError) as error:
            raise UserError(f"the model does not answer with vectors: {error}") from error
        if len(made) != len(texts) or len({len(data) for data in made}) != 1 or not made[0]:
            raise UserError("the model does not answer with one vector per text, all of one length")
        return made


def open_embedder(folder: str, model: str = MODEL) -> Embedder:
    """Vectors by this model, kept in `folder` (`Repository.state_dir`).

    `model` is a name at Hugging Face, or a folder if it begins with `/`, `./`, `../` or `~`. It comes from
    the user, never from a repository. Raises UserError where the extra or the folder is missing; a named
    model that is not on this disk shows at the first new text.
    """
    if not model.strip():
        raise InputError("the name of the model is empty")
    require_extra(_LIBRARY, EXTRA)
    if not model.startswith(("/", "./", "../", "~")):
        return Embedder(VectorCache(folder, model), lambda: _load(model, _downloaded(model)))
    place = os.path.abspath(os.path.expanduser(model))
    if not os.path.isdir(place):
        raise _not_here(model, "give the folder of a model, or the name of one")
    return Embedder(VectorCache(folder, f"{place} {_look(place)}"), lambda: _load(model, place))


def _look(folder: str) -> str:
    """What changes when another model is put into the folder."""
    found = []
    for base, below, names in os.walk(folder):
        below.sort()
        for name in sorted(names):
            seen = os.lstat(os.path.join(base, name))
            found.append((os.path.relpath(base, folder), name, seen.st_size, seen.st_mtime_ns))
    return repr(found)


def _downloaded(model: str) -> str:
    """The folder that a named model was downloaded to."""
    os.environ.update(_QUIET)  # before anything of Hugging Face is loaded: it reads them once
    hub = load_extra("huggingface_hub", EXTRA)
    try:
        return str(hub.snapshot_download(model if "/" in model else _OWNER + model, local_files_only=True))
    except (OSError, ValueError) as error:  # not there; not a name at all
        code = f"from sentence_transformers import SentenceTransformer as S; S({json.dumps(model)})"
        raise _not_here(model, f"fetch it: python -c {shlex.quote(code)}") from error


def _load(model: str, folder: str) -> Model:
    """The model in the folder. An absolute path: by name the library prefers a folder of the process's."""
    os.environ.update(_QUIET)
    library = load_extra(_LIBRARY, EXTRA)
    broken = load_extra("safetensors", EXTRA).SafetensorError
    load_extra("torch", EXTRA).set_num_threads(1)  # with more, a query takes 60 times as long (D12f)
    try:
        with trusted_path():  # loading a model imports more
            loaded: Model = library.SentenceTransformer(
                folder,
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},  # other weights are pickles
            )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, broken) as error:
        why = str(error).partition("\n")[0]
        raise UserError(f"the model {model} cannot be loaded: {why}", "fetch it anew", "settings") from error
    return loaded


def _not_here(model: str, hint: str) -> UserError:
    return UserError(f"the model {model} is not on this disk", hint, "settings")
