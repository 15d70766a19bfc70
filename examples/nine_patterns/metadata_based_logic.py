"""Metadata-based categorization over string matching."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import Enum


class Priority(Enum):
    """How soon a task has to be done."""

    NORMAL = "normal"
    URGENT = "urgent"


@dataclass(frozen=True)
class Task:
    """What somebody has to do; the name is for people."""

    name: str
    priority: Priority = Priority.NORMAL


def bad_queue(task: Task) -> str:
    """The task "Not urgent: tidy the wiki" lands in the fast queue."""
    # feedback-loop: ignore[metadata_based_logic] the mistake that this module shows
    if "urgent" in task.name.lower():
        return "fast"
    return "normal"


def good_queue(task: Task) -> str:
    """The field decides, and it has a default."""
    if task.priority is Priority.URGENT:
        return "fast"
    return "normal"


def bad_add_coupon(connection: sqlite3.Connection, unique_code: str | None) -> bool:
    """Takes a coupon without code for one that exists: the message quotes the column's name."""
    try:
        connection.execute("INSERT INTO coupons (unique_code) VALUES (?)", (unique_code,))
    except sqlite3.IntegrityError as error:
        # feedback-loop: ignore[metadata_based_logic] the mistake that this module shows
        if "unique" in str(error).lower():
            return False
        raise
    return True


def good_add_coupon(connection: sqlite3.Connection, unique_code: str | None) -> bool:
    """Whether the coupon is new; the code of the error decides, not its words.

    Raises:
        sqlite3.IntegrityError: any other constraint is broken.
    """
    try:
        connection.execute("INSERT INTO coupons (unique_code) VALUES (?)", (unique_code,))
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
            return False
        raise
    return True
