"""What a rule for ast-grep must not be: a few lines can end the process, or run for hours (DET-7). Cold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from feedback_loop.detectors.hostile import breaks_parser
from feedback_loop.detectors.outcomes import UnfitError

TEXT_CAP = 1 << 20
RULE_CAP = 8 << 10
RULE_DEPTH = 16
RULE_NODES = 64
# With each rule that `matches` names counted as often as it is named.
EXPANDED_NODES = 256
# Each relation without a bound walks the tree once for every node that the one around it walks.
REACH_CAP = 2
REGEX_CAP = 1024
COUNT_CAP = 100
# Bytes of the texts a rule may read. A walk for each node takes time by the square of a text, a walk
# within another or over all siblings: measured, these sizes take about a second at the worst.
NESTED_TEXT_CAP = 16 << 10
SIBLING_TEXT_CAP = 64 << 10
_SIBLINGS = ("precedes", "follows", "nthChild")
_RELATIONS = ("inside", "has", "precedes", "follows")


def check_rule(
    language: str, rule: Any, constraints: dict[str, Any], utils: dict[str, Any], anchor: tuple[str, ...]
) -> int:
    """How large a text the rule may read, in bytes.

    Raises UnfitError for what ast-grep must not even be asked about.
    """
    parts = {"/rule": rule, "/constraints": constraints, "/utils": utils}
    for pointer, part in parts.items():
        _check_size(pointer, part)
    costs = _Costs(utils)
    for name, one in utils.items():
        costs.of(one, (name,))
    nodes, reach = costs.of([rule, constraints], ())
    if nodes > EXPANDED_NODES:
        raise UnfitError("/rule", f"with all that `matches` brings in, more than {EXPANDED_NODES} rules")
    if reach > REACH_CAP:
        words = f"{reach} of stopBy, nthChild and the like within one another would take hours"
        raise UnfitError("/rule", f"{words}: at most {REACH_CAP}")
    for pointer, part in parts.items():
        for key, text in _texts(part):
            if key == "regex":
                _check_regex(pointer, text)
            elif key in ("pattern", "context") and breaks_parser(text, language):
                raise UnfitError(pointer, f"{key}: ast-grep's parser would break on so deep a text")
    written = json.dumps([rule, utils])
    for index, name in enumerate(anchor):
        if not re.search(rf"\${name}(?![A-Z0-9_])", written):
            raise UnfitError(f"/anchor/{index}", f"the rule has no metavariable ${name}")
    if reach == REACH_CAP:
        return NESTED_TEXT_CAP
    return SIBLING_TEXT_CAP if _walks_siblings([rule, constraints, utils]) else TEXT_CAP


def _walks_siblings(value: Any) -> bool:
    return any(
        (key in _SIBLINGS and _walks(key, one) > 0) or _walks_siblings(one) for key, one in _parts(value)
    )


def _check_size(pointer: str, value: Any) -> None:
    """A rule nested 100,000 deep would kill the process inside ast-grep."""
    if len(json.dumps(value).encode()) > RULE_CAP:
        raise UnfitError(pointer, f"larger than {RULE_CAP} bytes")
    nodes, level = 0, [value]
    for depth in range(RULE_DEPTH + 1):
        holders = [one for one in level if isinstance(one, dict | list)]
        nodes += len(holders)
        if nodes > RULE_NODES:
            raise UnfitError(pointer, f"more than {RULE_NODES} rules in one")
        if not holders:
            return
        if depth == RULE_DEPTH:
            raise UnfitError(pointer, f"nested deeper than {RULE_DEPTH} levels")
        level = [inner for one in holders for inner in (one.values() if isinstance(one, dict) else one)]


class _Costs:
    """How many rules a rule is when `matches` is written out, and how many walks are nested in it."""

    def __init__(self, utils: dict[str, Any]) -> None:
        self._utils = utils
        self._known: dict[str, tuple[int, int]] = {}

    def of(self, value: Any, within: tuple[str, ...]) -> tuple[int, int]:
        """(rules, walks). `within`: the rules of utils being written out. Raises UnfitError for a circle."""
        nodes, reach = int(isinstance(value, dict)), 0
        for key, one in _parts(value):
            if key == "matches" and isinstance(one, str):
                more, walks = self._named(one, within)
            else:
                more, walks = self.of(one, within)
            nodes += more
            reach = max(reach, walks + _walks(key, one))
        return nodes, reach

    def _named(self, name: str, within: tuple[str, ...]) -> tuple[int, int]:
        if name in within:
            raise UnfitError(f"/utils/{name}", "it leads back to itself")  # ast-grep crashes on some
        if name not in self._known and name in self._utils:
            self._known[name] = self.of(self._utils[name], (*within, name))
        return self._known.get(name, (0, 0))


def _walks(key: object, value: Any) -> int:
    """Whether this part of a rule looks at more nodes than a next one."""
    if key in _RELATIONS:
        return int(isinstance(value, dict) and value.get("stopBy", "neighbor") != "neighbor")
    return int(key == "nthChild")


def _parts(value: Any) -> Iterable[tuple[object, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _texts(value: Any) -> Iterator[tuple[object, str]]:
    """Every text within the value and its key."""
    for key, one in _parts(value):
        if isinstance(one, str):
            yield key, one
        yield from _texts(one)


def _check_regex(pointer: str, regex: str) -> None:
    """ast-grep compiles it anew for every file, and for Unicode: `\\w{100}` takes a tenth of a second."""
    if len(regex.encode()) > REGEX_CAP:
        raise UnfitError(pointer, f"regex: longer than {REGEX_CAP} bytes")
    product = 1
    for count in re.findall(r"\{(\d+)(?:,(\d*))?\}", regex):
        product *= max(1, *(int(number) for number in count if number))
    if product > COUNT_CAP:
        raise UnfitError(pointer, f"regex: counts that multiply to more than {COUNT_CAP}")
