"""Finding the patterns that a text calls for."""

from feedback_loop.api.search.opening import Opened, open_index, open_search

__all__ = ["Opened", "open_index", "open_search"]
