"""Logger.debug() instead of print()."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

logger = logging.getLogger(__name__)
Row = Mapping[str, object]


def bad_import(rows: Iterable[Row], store: Callable[[Row], None]) -> int:
    """Writes to its caller's stdout, where a program may be waiting for data."""
    imported = 0
    for row in rows:
        if "id" not in row:
            print(f"skipping {row}")
            continue
        store(row)
        imported += 1
    print("done,", imported, "rows")
    return imported


def good_import(rows: Iterable[Row], store: Callable[[Row], None]) -> int:
    """Tells the log, with levels, and leaves stdout alone."""
    imported = 0
    for number, row in enumerate(rows, start=1):
        if "id" not in row:
            logger.warning("row %d has no id, skipped", number)
            continue
        store(row)
        imported += 1
        logger.debug("row %d stored", number)
    logger.info("%d rows imported", imported)
    return imported
