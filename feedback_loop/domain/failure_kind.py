"""What kind of field a constraint is about: a general pattern names fields by it (C1a, C20a)."""

from __future__ import annotations

UNCLASSIFIED = "unclassified"  # the constraint of a failure that no rule knows
_KINDS = {
    "nullable_missing": "nullable",
    "fk_relationship_missing": "foreign_key",
    "unique_constraint_missing": "unique",
    "required_field_missing": "required",
    "type_mismatch": "type",
    "extra_field_in_schema": "extra",
}
KINDS = tuple(_KINDS.values())


def field_kind(constraint: str) -> str:
    """`foreign_key` for `fk_relationship_missing`; "" for a constraint that is about no field."""
    return _KINDS.get(constraint, "")
