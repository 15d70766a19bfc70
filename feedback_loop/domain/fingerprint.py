"""What names a finding for good: pattern, path, text and occurrence, but no line number (FP-1)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


_hash: Callable[[bytes], Any] | None = (
    None  # looked for once: where it is not, that takes longer than to hash
)


def fingerprint(pattern: str, path: bytes, anchor_text: str, index: int) -> str:
    """32 hex digits that outlive line numbers, indentation and line ends (FP-1)."""
    parts = (b"1", pattern.encode(), path, anchor_text.encode("utf-8", "replace"), b"%d" % index)
    global _hash
    _hash = _hash or _sha256()
    digest: str = _hash(b"\0".join(parts)).hexdigest()
    return digest[:32]


def _sha256() -> Callable[[bytes], Any]:
    """The interpreter's own SHA-256: `hashlib` would load OpenSSL first."""
    try:
        from _sha2 import sha256  # type: ignore[import-not-found]  # Python >= 3.12
    except ImportError:
        try:
            from _sha256 import sha256  # type: ignore[import-not-found]
        except ImportError:
            from hashlib import sha256
    return sha256  # type: ignore[no-any-return]
