"""Where a moment cuts a line of commits: order is topology, and clocks only vote (H36)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

NO_TIME = -1  # a committer's clock that says nothing: it has no vote
NEVER = 1 << 62


class Cuts:
    """The cuts of one line, by the clocks of its commits, the oldest first.

    Only where clocks disagree is anything counted; what was asked once is known.
    """

    def __init__(self, times: Sequence[int]) -> None:
        self._times = times
        self._latest = list(accumulate(times, max))  # so far; NO_TIME is the least
        voting = (NEVER if time == NO_TIME else time for time in reversed(times))
        self._earliest = list(accumulate(voting, min))[::-1]  # from here on
        self._known: dict[int, int] = {}

    def position(self, moment: int) -> int:
        """How many commits lie before: the place with the fewest on the wrong side, ties to the older.

        Wrong are late clocks before it and early ones behind it.
        """
        if moment not in self._known:
            self._known[moment] = self._find(moment)
        return self._known[moment]

    def misplaced(self, moment: int) -> list[int]:
        """The places whose clocks stand on the other side of the cut."""
        position = self.position(moment)
        times = enumerate(self._times)
        return [at for at, time in times if time != NO_TIME and (time >= moment) == (at < position)]

    def _find(self, moment: int) -> int:
        times = self._times
        low = bisect_left(self._latest, moment)  # all before it is early, or has no vote
        while low and times[low - 1] == NO_TIME:
            low -= 1
        high = bisect_left(self._earliest, moment)  # all from it on is late, or has no vote
        wrong, least, best = 0, 0, low
        for at in range(low, high):
            wrong += (times[at] >= moment) - (NO_TIME != times[at] < moment)
            if wrong < least:
                least, best = wrong, at + 1
        return best
