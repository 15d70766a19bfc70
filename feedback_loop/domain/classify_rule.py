"""A rule that tells what kind of mistake a failure was; shipped ones are data, users add their own (C12)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClassifyRule:
    """`exception` is a class's last name part, "" = any; `match` a regular expression for its message.

    It is searched for without regard to case, in the syntax of RE2; "" = any message. `guidance` is one
    line; "" = the failure is counted, never warned of.
    """

    exception: str
    match: str
    constraint: str
    error_type: str
    guidance: str = ""
