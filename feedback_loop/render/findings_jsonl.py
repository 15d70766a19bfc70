"""A scan as JSON lines: the document of `findings_json`, one finding a line, the sums last."""

from __future__ import annotations

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import ScanResult
from feedback_loop.render.encoders import Encoded, json_text
from feedback_loop.render.findings_json import scan_fields


def render_jsonl(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """`"kind": "finding"` on each line but the last, which is `"summary"`: a cut stream shows."""
    fields = scan_fields(result, library, exit_code)
    lines = [{"kind": "finding", **finding} for finding in fields.pop("findings")]
    lines.append({"kind": "summary", **fields})
    return Encoded("".join(json_text(line, indent=None) for line in lines))
