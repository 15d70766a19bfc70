"""Which of Schemathesis' own reports the bytes are: events as JSON lines, or a VCR cassette (C9)."""

from __future__ import annotations

import re

from feedback_loop.domain.reported import ReportRead

_CASSETTE = re.compile(rb"^(?:http_interactions:|recorded_with: )", re.MULTILINE)


def read_schemathesis(data: bytes) -> ReportRead:
    """The failed checks of either. Raises InputError for what is neither."""
    if is_cassette(data):
        from feedback_loop.formats.schemathesis_vcr import read_vcr

        return read_vcr(data)
    from feedback_loop.formats.schemathesis_ndjson import read_ndjson

    return read_ndjson(data)


def is_cassette(data: bytes) -> bool:
    """Whether the bytes look like a cassette, not like JSON."""
    head = data[: 1 << 16].removeprefix(b"\xef\xbb\xbf").lstrip()
    return not head.startswith((b"{", b"[")) and bool(_CASSETTE.search(head))
