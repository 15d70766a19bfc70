"""The bodies that the tool really has (A66): data, one per thing that can be asked for.

What a recipe does is written here; how it is guarded, read, logged or answered comes from the templates of
the patterns it stands in. What is done with a chunk or a file is the caller's: a parameter, never invented.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.words import word_set
from feedback_loop.engines.generate.template import Param


@dataclass(frozen=True)
class Recipe:
    """A body, and what stands around it.

    `setup` comes before the resource, `body` into its slot, `after` behind it, `result` is the expression
    that is returned ("" = the body says). `imports` are statements. `around` are the
    patterns whose templates are put in, `uses` the names that they must bring: (pattern, name). `holds`
    are the patterns that the body itself applies.

    It answers an intent that has a word of each of `wants` among its verbs, objects and place, and says
    nothing that the body does not do: no word of these beyond `wants` and `also`, and none that the grammar
    does not know beyond `words`.
    """

    name: str
    doc: str
    wants: tuple[frozenset[str], ...]
    params: tuple[Param, ...] = ()
    setup: str = ""
    body: str = ""
    after: str = ""
    result: str = ""
    returns: str = ""
    imports: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    uses: tuple[tuple[str, str], ...] = ()
    holds: tuple[str, ...] = ()
    also: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"the ready-made code for {self.name.replace('_', ' ')}"

    @property
    def answered(self) -> frozenset[str]:
        """Those of `words` that it really does: what templates do beside it only if it stands in theirs."""
        done = (words for name, words in _OF_TEMPLATES.items() if name in self.around)
        return (self.words - _BESIDE).union(*done)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The words for what templates do beside a body: they log, and they name what can go wrong.
_OF_TEMPLATES = {
    "structured_logging": word_set("log logging logger"),
    "specific_exceptions": word_set("error exception specific"),
}
_BESIDE = frozenset[str]().union(*_OF_TEMPLATES.values())
_NUMPY = "import numpy as np"
_PATH = "from pathlib import Path"
_CALLABLE = "from collections.abc import Callable"
_ARRAY = Param("values", "array", "np.ndarray")
_ITEMS = Param("items", "sequence", "Sequence[object]")

STATISTICS = Recipe(
    name="numpy_statistics_json",
    doc="Statistics of the values as JSON; of no values there is only the count.",
    wants=(_words("array"), _words("json"), _words("process compute handle get find return")),
    also=_words("number text"),
    words=_BESIDE | word_set("statistic summary mean std min max count"),
    params=(_ARRAY,),
    body="""\
values = np.asarray(values)
if values.size == 0:
    return {"count": 0, "mean": None, "std": None, "min": None, "max": None}
statistics = {
    "count": values.size,
    "mean": np.mean(values, dtype=np.float64),
    "std": np.std(values, dtype=np.float64),
    "min": np.min(values),
    "max": np.max(values),
}
""",
    result="statistics",
    returns="dict[str, object]",
    imports=(_NUMPY,),
    around=("numpy_json_serialization", "numpy_nan_inf_handling"),
)

ARRAY_JSON = Recipe(
    name="numpy_array_json",
    doc="The values as a JSON list.",
    wants=(_words("array"), _words("json"), _words("convert")),
    also=_words("number text"),
    words=_BESIDE,
    params=(_ARRAY,),
    result="np.asarray(values)",
    returns="np.ndarray",
    imports=(_NUMPY,),
    around=("numpy_json_serialization", "numpy_nan_inf_handling"),
)

FIRST_ITEM = Recipe(
    name="first_item",
    doc="The first of the items; None if there are none.",
    wants=(_words("list"), _words("first"), _words("get return find")),
    also=_words("number text mapping"),
    params=(_ITEMS,),
    result="items[0]",
    returns="object | None",
    imports=("from collections.abc import Sequence",),
    around=("bounds_checking",),
)

LAST_ITEM = Recipe(
    name="last_item",
    doc="The last of the items; None if there are none.",
    wants=(_words("list"), _words("last"), FIRST_ITEM.wants[-1]),
    also=FIRST_ITEM.also,
    params=(_ITEMS,),
    result="items[-1]",
    returns="object | None",
    imports=FIRST_ITEM.imports,
    around=("bounds_checking",),
)

STREAMING_UPLOAD = Recipe(
    name="streaming_upload",
    doc="Store an upload in chunks; 413 for one that is too large, and no part of it stays.",
    wants=(_words("endpoint"), _words("upload")),
    also=_words("file audio image save store json"),
    words=_BESIDE | word_set("disk"),
    around=("fastapi_streaming_uploads",),
)

TEMPORARY_FILE = Recipe(
    name="temporary_file",
    doc="What handle_file makes of a temporary file with the data, which is deleted afterwards.",
    wants=(_words("temp_file"), _words("create write build add implement process handle save store")),
    also=_words("file clean"),
    words=_BESIDE | word_set("byte delete remove"),
    params=(Param("data", "any", "bytes"), Param("handle_file", "any", "Callable[[str], object]")),
    body="return handle_file(path)\n",
    returns="object",
    imports=(_CALLABLE,),
    around=("temp_file_handling",),
    uses=(("temp_file_handling", "path"),),
)

JSON_CONFIGURATION = Recipe(
    name="json_configuration",
    doc="The object in a JSON file; ValueError if that is not valid JSON, TypeError if it is no object.",
    wants=(_words("json"), _words("config file"), _words("read load parse get")),
    also=_words("mapping"),
    words=_BESIDE | word_set("missing invalid malformed"),
    params=(Param("path", "path", "Path"),),
    body="""\
with path.open(encoding="utf-8") as file:
    try:
        document = json.load(file)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error
if not isinstance(document, dict):
    raise TypeError(f"{path} holds no JSON object but a {type(document).__name__}")
""",
    result="document",
    returns="dict[str, object]",
    imports=("import json", _PATH),
    around=("specific_exceptions",),
)

FILE_PROCESSING = Recipe(
    name="file_processing",
    doc="Give the file to handle_chunk in chunks; the number of bytes that were handled.",
    wants=(_words("file audio image"), _words("process upload handle read load")),
    also=_words("file audio image"),
    words=_BESIDE | word_set("byte"),
    params=(Param("path", "path", "Path"), Param("handle_chunk", "any", "Callable[[bytes], object]")),
    setup="handled = 0\n",
    body="handle_chunk(chunk)\nhandled += len(chunk)\n",
    after='logger.info("%d bytes of %s handled", handled, path)\n',
    result="handled",
    returns="int",
    imports=(_CALLABLE, _PATH),
    around=("large_file_processing", "specific_exceptions", "structured_logging"),
    uses=(("large_file_processing", "chunk"), ("structured_logging", "logger")),
)

CATEGORIES = Recipe(
    name="metadata_categories",
    doc="The items by the category that their metadata state; what states no known one is `default`.",
    wants=(_words("categorize"), _words("category")),
    also=_words("list mapping"),
    params=(
        Param("items", "sequence", "Iterable[Mapping[str, object]]"),
        Param("categories", "any", "Collection[str]"),
        Param("default", "text", "str", '"other"'),
    ),
    body="""\
groups: dict[str, list[Mapping[str, object]]] = {}
for item in items:
    groups.setdefault(category_of(item, categories, default), []).append(item)
""",
    result="groups",
    returns="dict[str, list[Mapping[str, object]]]",
    imports=("from collections.abc import Collection, Iterable, Mapping",),
    around=("metadata_based_logic",),
    uses=(("metadata_based_logic", "category_of"),),
)

CHECKED_NUMBERS = Recipe(
    name="checked_numbers",
    doc="The values as they are; ValueError if one of them is NaN or infinite.",
    wants=(_words("nan"), _words("validate")),
    also=_words("array number"),
    words=word_set("hold no without") | {"not"},
    params=(_ARRAY,),
    result="values",
    returns="np.ndarray",
    imports=(_NUMPY,),
    around=("numpy_nan_inf_handling",),
)

CLEAN_NUMBERS = Recipe(
    name="clean_numbers",
    doc="The values as floats, with `replacement` for each that is NaN or infinite.",
    wants=(_words("nan"), _words("replace clean convert handle process")),
    also=_words("array number"),
    params=(_ARRAY, Param("replacement", "number", "float", "0.0")),
    body="""\
values = np.asarray(values, dtype=float)
cleaned = np.where(np.isfinite(values), values, replacement)
""",
    result="cleaned",
    returns="np.ndarray",
    imports=(_NUMPY,),
    holds=("numpy_nan_inf_handling",),
)

# The first that answers is taken: what is more particular stands before what is less.
RECIPES = (
    STREAMING_UPLOAD,
    TEMPORARY_FILE,
    STATISTICS,
    ARRAY_JSON,
    CHECKED_NUMBERS,
    CLEAN_NUMBERS,
    JSON_CONFIGURATION,
    FIRST_ITEM,
    LAST_ITEM,
    CATEGORIES,
    FILE_PROCESSING,
)
