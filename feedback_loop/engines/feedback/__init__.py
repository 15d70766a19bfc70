"""What ratings teach: features of prompts, tables, contrasts, recommendations, reports, suggestions.

Pure: the same ratings give the same values. Nothing is imported here, for a capture needs the flags alone.
"""

from __future__ import annotations
