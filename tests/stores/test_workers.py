import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.errors import MachineFault
from feedback_loop.stores import workers
from feedback_loop.stores.workers import run_forked
from tests.repo import not_endless


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Neither processes nor descriptors outlive a run, whatever happened."""
    open_ones = Path("/proc/self/fd")
    before = len(list(open_ones.iterdir())) if open_ones.exists() else 0
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert not before or len(list(open_ones.iterdir())) == before


def doubled(share: list[int]) -> tuple[Any, ...]:
    return tuple(number * 2 for number in share)


def test_nothing_to_do() -> None:
    assert list(run_forked(doubled, [])) == []


def test_results_come_in_the_order_of_the_shares() -> None:
    def slow_first(share: list[int]) -> tuple[Any, ...]:
        time.sleep(0.05 * (share[0] == 1))
        return doubled(share)

    assert list(run_forked(slow_first, [[1, 2], [3], []][:2])) == [(2, 4), (6,)]


def test_work_is_done_in_other_processes() -> None:
    found = [parts[0] for parts in run_forked(lambda _: (os.getpid(),), [[1], [2], [3]])]
    assert len({*found, os.getpid()}) == 4


def test_results_larger_than_a_pipe() -> None:
    found = list(run_forked(lambda share: (bytes(share[0]),), [[3_000_000], [1], [2_000_000]]))
    assert [len(parts[0]) for parts in found] == [3_000_000, 1, 2_000_000]


def test_values_come_back_as_they_were() -> None:
    value = (b"\xff", "é\udcff", 2**70, [1, ("a", None)], True, 1.5)
    assert list(run_forked(lambda _: value, [[1]])) == [value]


def broken(share: list[int]) -> tuple[Any, ...]:
    if share[0] == 2:
        raise ValueError("ü" * 3 + "\n")
    return doubled(share)


def test_a_worker_that_raises_is_a_fault_with_its_words() -> None:
    results = run_forked(broken, [[1], [2], [3]])
    assert next(results) == (2,)
    with pytest.raises(
        MachineFault, match=r"^a worker process ended with status 1 ValueError\('üüü"
    ) as caught:
        next(results)
    assert (caught.value.exit_code, caught.value.kind) == (3, "bug")


def test_a_result_that_cannot_be_sent_is_a_fault() -> None:
    with pytest.raises(MachineFault, match="status 1 ValueError"):
        list(run_forked(lambda _: (object(),), [[1]]))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_is_a_fault(number: int) -> None:
    def die(share: list[int]) -> tuple[Any, ...]:
        os.kill(os.getpid(), number)
        return doubled(share)

    with pytest.raises(MachineFault, match=f"^a worker process ended with status -{int(number)}$"):
        list(run_forked(die, [[1], [2]]))


def test_workers_whose_results_nobody_wants_are_ended() -> None:
    def endless(share: list[int]) -> tuple[Any, ...]:
        if share[0] > 1:
            time.sleep(60)
        return doubled(share)

    with not_endless(40):
        results = run_forked(endless, [[1], [2], [3]])
        assert next(results) == (2,)
        results.close()


def test_no_process_to_be_had_is_a_fault_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    fork = os.fork
    left = [1, 1]

    def scarce() -> int:
        if not left:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        left.pop()
        return fork()

    monkeypatch.setattr(workers.posix, "fork", scarce)
    with pytest.raises(MachineFault, match="cannot run worker processes: Resource temporarily") as caught:
        list(run_forked(doubled, [[1], [2], [3]]))
    assert caught.value.kind == "io"


def test_no_more_live_at_a_time_than_the_limit_and_results_stay_in_order(tmp_path: Path) -> None:
    def alive(share: list[int]) -> tuple[Any, ...]:
        mine = tmp_path / str(share[0])
        mine.touch()
        time.sleep(0.02)
        seen = len(list(tmp_path.iterdir()))
        mine.unlink()
        return share[0], seen, os.getpid()

    results = list(run_forked(alive, [[number] for number in range(12)], 3))
    assert [number for number, _, _ in results] == list(range(12))
    assert max(seen for _, seen, _ in results) <= 3
    assert len({pid for _, _, pid in results}) == 12


def test_a_slow_share_holds_nobody_up_but_the_results(tmp_path: Path) -> None:
    """The first waits for what the last ones do: with two at a time they must get their turns."""
    last = tmp_path / "last"

    def work(share: list[int]) -> tuple[Any, ...]:
        while share[0] == 0 and not last.exists():
            time.sleep(0.01)
        if share[0] == 5:
            last.touch()
        return (bytes(200_000), share[0])

    with not_endless(40):
        results = list(run_forked(work, [[number] for number in range(6)], 2))
    assert [number for _, number in results] == list(range(6))


def test_a_limit_above_the_number_of_shares() -> None:
    assert list(run_forked(doubled, [[1], [2]], 9)) == [(2,), (4,)]


def test_a_failure_comes_in_its_turn_and_ends_the_others() -> None:
    def work(share: list[int]) -> tuple[Any, ...]:
        if share[0] == 1:
            raise ValueError("no")
        time.sleep(0.05 if share[0] == 0 else 60 * (share[0] > 2))
        return doubled(share)

    with not_endless(40):
        results = run_forked(work, [[number] for number in range(8)], 3)
        assert next(results) == (0,)
        with pytest.raises(MachineFault, match="no"):
            next(results)
