"""The fields of a rating by the names that people write and read (B4)."""

from __future__ import annotations

import json
from typing import Any

from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.rating import Rating


def rating_fields(rating: Rating) -> dict[str, Any]:
    """The fields of one rating, as JSON holds them; a text that is not stored is None.

    The order is that of the columns of a table. `timestamp` is UTC with `Z`, `tags` are a list, `context` an
    object, `thumbs_up` is None where no thumb stands.
    """
    return {
        "feedback_id": rating.feedback_id,
        "timestamp": format_moment(rating.at),
        "rating": rating.rating,
        "thumbs_up": rating.thumbs_up,
        "tags": list(rating.tags),
        "prompt": rating.prompt,
        "output": rating.output,
        "notes": rating.notes or None,
        "context": json.loads(rating.context),
    }
