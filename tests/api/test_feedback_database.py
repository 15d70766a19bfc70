"""`FeedbackDatabase`: what is checked, written and read, in a repository and in a plain folder (B4 to B10)."""

from __future__ import annotations

import contextlib
import copy
import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.api.feedback import recording
from feedback_loop.api.feedback.checks import EntryError
from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.api.feedback.recording import Conflict
from feedback_loop.api.origin import author
from feedback_loop.api.retro.ratings import summed_ratings
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.rating import RatingQuery
from feedback_loop.domain.success import success_of
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.records import make_event
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.stores.feedback_index import known_ratings
from tests.repo import Repo

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT = "2026-11-20T09:30:00Z"
KEY = "ghp_" + "a1B2" * 9
HUGE = 10**5000


@pytest.fixture
def db(tmp_path: Path) -> FeedbackDatabase:
    """Of a plain folder: no git process is started."""
    return FeedbackDatabase(tmp_path, clock=lambda: NOW)


def entry(number: int = 1, **changes: Any) -> FeedbackEntry:
    usual: dict[str, Any] = {"prompt": f"p{number}", "output": "o", "rating": 4, "timestamp": AT}
    return FeedbackEntry(**usual | changes)


def written(db: FeedbackDatabase) -> list[Path]:
    return sorted((Path(db.workspace.root) / ".feedback-loop/events").rglob("*.json*"))


def test_nothing_to_insert_writes_nothing(db: FeedbackDatabase) -> None:
    assert db.insert_many([]) == []
    assert (db.get_feedback(), written(db)) == ([], [])


def test_an_empty_set_has_no_numbers(db: FeedbackDatabase) -> None:
    found = db.get_statistics()
    counts = ("total", "thumbs_up", "thumbs_down", "positive", "negative", "neutral")
    assert {name: found.pop(f"{name}_count") for name in counts} == dict.fromkeys(counts, 0)
    assert found == dict.fromkeys(["avg_rating", "success_rate", "ci_low", "ci_high", "earliest", "latest"])


def test_an_entry_becomes_what_was_written_and_is_read_so(db: FeedbackDatabase) -> None:
    given = entry(
        tags=[" Code", "b", "code"], timestamp="2026-11-20T11:30:00.5+02:00", context={"framework": "f"}
    )
    identity = db.insert_feedback(given)
    assert (given.feedback_id, given.timestamp, given.tags, given.thumbs_up) == (
        identity,
        AT,
        ["b", "code"],
        True,
    )
    assert db.get_feedback() == [given]
    assert (given.is_positive, given.is_negative) == (True, False)
    copied = given.to_dict()
    copied["context"]["framework"] = "other"
    assert FeedbackEntry(**given.to_dict()) == given


@pytest.mark.parametrize(
    ("rating", "thumbs", "told", "outcome"),
    [
        (5, None, True, "positive"),
        (3, None, None, "neutral"),
        (2, None, False, "negative"),
        (5, False, False, "negative"),
        (1, True, True, "negative"),
        (3, True, True, "neutral"),
    ],
)
def test_stars_and_thumbs_make_an_outcome(
    db: FeedbackDatabase, rating: int, thumbs: bool | None, told: bool | None, outcome: str
) -> None:
    given = entry(rating=rating, thumbs_up=thumbs)
    db.insert_feedback(given)
    assert given.thumbs_up is told
    assert (given.is_positive, given.is_negative) == (outcome == "positive", outcome == "negative")
    assert db.ratings()[0].outcome == outcome


def test_times_without_an_offset_are_utc_and_the_default_is_now(db: FeedbackDatabase) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= datetime.fromisoformat(entry_now().timestamp) <= datetime.now(UTC)
    given = [entry(1, timestamp="2026-11-19"), entry(2, timestamp=datetime(2026, 11, 18, 1))]
    given.append(entry(3, timestamp=datetime(2026, 11, 18, 1, tzinfo=timezone(timedelta(hours=1)))))
    db.insert_many(given)
    assert [one.timestamp[:13] for one in given] == ["2026-11-19T00", "2026-11-18T01", "2026-11-18T00"]


def entry_now() -> FeedbackEntry:
    return FeedbackEntry("p", "o", 3)


def test_every_wrong_field_is_named_and_nothing_is_written(db: FeedbackDatabase) -> None:
    wrong = FeedbackEntry(
        prompt=" ",
        output=None,  # type: ignore[arg-type]
        rating=True,
        thumbs_up=1,  # type: ignore[arg-type]
        tags=["fine", "not fine", 3],  # type: ignore[list-item]
        timestamp="soon",
        context={"a": {1, 2}},
        feedback_id="a b",
        notes=7,  # type: ignore[arg-type]
    )
    with pytest.raises(ValueError, match="prompt cannot be empty") as raised:
        db.insert_feedback(wrong)
    assert isinstance(raised.value, EntryError)
    fields = ["prompt", "output", "rating", "thumbs_up", *["tags"] * 2, "timestamp", "context"]
    assert [fault.field for fault in raised.value.faults] == [*fields, "notes", "feedback_id"]
    assert all(name in str(raised.value) for name in (*fields, "not fine", "soon", "context.a"))
    assert written(db) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rating": 4.0}, "rating must be a whole number from 1 to 5, not 4.0"),
        ({"rating": 6}, "rating must be"),
        ({"timestamp": "2026-11-21T12:00:01Z"}, "timestamp must not be more than a day ahead"),
        ({"tags": "a,b"}, "tags must be a list"),
        ({"tags": [f"t{number}" for number in range(33)]}, "tags must be at most 32"),
        ({"tags": [KEY.replace("_", "_").lower(), "sk-proj-" + "a1" * 20]}, "tags must not hold a secret"),
        ({"feedback_id": KEY}, "feedback_id must not hold a secret"),
        ({"prompt": "\u200b\ufeff \u2060\n\u00ad\x00"}, "prompt cannot be empty"),
        ({"rating": HUGE}, "rating must be a whole number from 1 to 5, not a number of thousands of digits"),
        ({"timestamp": HUGE}, "timestamp must be a time"),
        ({"tags": [HUGE], "feedback_id": HUGE}, "feedback_id must be 1 to 64"),
        ({"context": {"a": [-HUGE]}}, "context must be JSON: context.a.0: a number of more than 640 digits"),
        ({"context": {HUGE: 1}}, "a number of thousands of digits: a key must be text"),
        ({"context": {1: 2}}, "context must be JSON: context.1: a key must be text"),
        ({"context": {"a": float("nan")}}, "context must be JSON"),
        ({"context": {"a": "x" * (16 << 10)}}, "context must not be larger"),
        ({"context": []}, "context must be a JSON object"),
        ({"output": "é" * (1 << 19) + "x"}, "output is larger than 1048576 bytes"),
    ],
)
def test_a_wrong_field_is_told(db: FeedbackDatabase, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as raised:
        db.insert_feedback(entry(**changes))
    assert told in raised.value.message
    assert len(raised.value.message) < 300


def test_a_batch_is_all_or_nothing_and_one_file(db: FeedbackDatabase) -> None:
    with pytest.raises(EntryError, match=r"entry 2: rating must .* entry 3: prompt cannot"):
        db.insert_many([entry(1), entry(2, rating=0), entry(3, prompt="")])
    with pytest.raises(EntryError, match="and 5 more"):
        db.insert_many([entry(number, rating=0) for number in range(15)])
    with pytest.raises(InputError, match="entry 1: entry must be a FeedbackEntry, not dict"):
        db.insert_many([entry(1).to_dict(), entry(2)])  # type: ignore[list-item]
    assert written(db) == []
    ids = db.insert_many([entry(1), entry(2, timestamp="2025-01-01")])
    assert [path.suffix for path in written(db)] == [".jsonl"]
    assert [one.feedback_id for one in db.get_feedback()] == ids


def test_the_same_id_twice_is_refused(db: FeedbackDatabase) -> None:
    identity = db.insert_feedback(entry())
    for again in (entry(rating=1), entry(2, feedback_id=identity)):
        with pytest.raises(ValueError, match=f"feedback entry {identity} already exists"):
            db.insert_feedback(again)
    with pytest.raises(ValueError, match="feedback entry own already exists"):
        db.insert_many([entry(2, feedback_id="own"), entry(3, feedback_id="own")])
    assert len(written(db)) == 1
    batch = [entry(number) for number in range(3, 9)]
    db.insert_many(batch)
    with pytest.raises(ValueError, match=r"exists and 5 more: .* `feedback import` skips such"):
        db.insert_many(batch)


def test_who_looked_before_another_wrote_does_not_write_the_same_id(
    db: FeedbackDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (entry(context={"n": number}) for number in range(2))
    refused: list[str] = []
    look = known_ratings

    def insert_second() -> None:
        try:
            db.insert_feedback(second)
        except InputError as error:
            refused.append(error.message)

    other = threading.Thread(target=insert_second)

    def look_and_let_the_other_come(*args: Any) -> Any:
        monkeypatch.setattr(recording, "known_ratings", look)
        found = look(*args)
        other.start()
        other.join(0.3)  # it would be through by then
        return found

    monkeypatch.setattr(recording, "known_ratings", look_and_let_the_other_come)
    identity = db.insert_feedback(first)
    other.join()
    assert (refused, len(written(db))) == ([f"feedback entry {identity} already exists"], 1)
    lock = Path(db.workspace.repository.state_dir) / "feedback/lock"
    lock.unlink()
    lock.mkdir()  # nobody can take turns: the rating is written all the same
    db.insert_feedback(entry(2))


def test_an_entry_can_be_inserted_again_once_it_is_changed(db: FeedbackDatabase) -> None:
    """Ids are of the content: the other content has another one, if the old one is taken off."""
    given = entry()
    first = db.insert_feedback(given)
    given.prompt, given.feedback_id = "another", None
    assert db.insert_feedback(given) != first


def test_skipping_leaves_out_what_is_there(db: FeedbackDatabase) -> None:
    db.insert_feedback(entry(1))
    done = recording.record_entries(
        db.workspace,
        [entry(1), entry(2), entry(2)],
        source={"kind": "import"},
        clock=lambda: NOW,
        known="skip",
    )
    ids = [one.feedback_id for one in done.entries]
    assert (done.written, done.known) == (1, (ids[0], ids[2]))
    assert len(db.get_feedback()) == 2


def test_other_content_under_an_id_is_a_conflict_and_not_written(db: FeedbackDatabase) -> None:
    db.insert_feedback(entry(1, feedback_id="a"))
    given = [
        entry(1, feedback_id="a", tags=["new"]),
        entry(1, feedback_id="a", rating=5),
        entry(2, feedback_id="a"),
        entry(3, feedback_id="b"),
        entry(3, feedback_id="b", thumbs_up=False),
        entry(3, feedback_id="b"),
    ]
    how: dict[str, Any] = {"source": {"kind": "import"}, "clock": lambda: NOW, "known": "skip"}
    conflicts = (Conflict(2, "a", 0, 4), Conflict(3, "a", 0, 4), Conflict(5, "b", 4, 4))
    ways: tuple[tuple[dict[str, Any], int], ...] = (({"dry_run": True}, 1), ({"strict": True}, 0), ({}, 1))
    for more, number in ways:
        before = copy.deepcopy(given)
        done = recording.record_entries(db.workspace, given, **how, **more)
        assert (done.written, done.known, done.conflicts) == (number, ("a", "b"), conflicts)
        assert (given == before, len(written(db))) == ((True, 1) if more else (False, 2))
    assert recording.record_entries(db.workspace, given, **how).written == 0
    with pytest.raises(ValueError, match="entry a already exists"):
        db.insert_many(given)


def test_many_are_a_segment_and_one_alone_is_a_file(db: FeedbackDatabase) -> None:
    db.insert_feedback(entry(1))
    db.insert_many([entry(2)])
    assert [path.suffix for path in written(db)] == [".json", ".jsonl"]


def test_the_retro_counts_the_same_of_several_events_with_one_id(db: FeedbackDatabase) -> None:
    texts: dict[str, Any] = {"prompt": "p", "output": "o", "thumbs": None}
    for at in (AT, "2026-11-19T09:30:00Z"):
        data = [texts | {"feedback_id": name, "rating": stars} for name in "abc" for stars in (1, 3, 5)]
        append_events(db.workspace.root, [make_event("rating", at, one) for one in data])
    ratings = db.ratings()
    counted = summed_ratings(reversed(read_events(db.workspace.root).events), None, None)
    assert counted is not None
    assert {one.at for one in ratings} == {parse_moment("2026-11-19T09:30:00Z")}
    assert (counted.n, counted.positive) == (3, success_of(ratings).positive)


def test_what_a_tombstone_took_out_does_not_come_back(db: FeedbackDatabase) -> None:
    """By a second import, say, at another commit: it would be another event."""
    identity = db.insert_feedback(entry())
    (event,) = read_events(db.workspace.root).events
    grave = make_event("tombstone", AT, {"event": event.id, "reason": "wrong"})
    append_events(db.workspace.root, [grave])
    with pytest.raises(ValueError, match=f"feedback entry {identity} already exists"):
        db.insert_feedback(entry(rating=1))
    assert db.get_feedback() == []


def test_large_batches_are_made_by_several_processes(
    db: FeedbackDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_SHARE", 3)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert threading.active_count() == 1
    entries = [entry(number) for number in range(10)]
    assert db.insert_many(entries) == [one.feedback_id for one in entries]
    assert {one.prompt for one in db.get_feedback()} == {f"p{number}" for number in range(10)}
    with pytest.raises(EntryError, match="entry 9: rating must"):
        db.insert_many([entry(20 + number, rating=4 - 4 * (number == 8)) for number in range(10)])


def test_queries_and_statistics_count_the_same(db: FeedbackDatabase) -> None:
    days = [f"2026-11-0{day}T00:00:00Z" for day in (1, 2, 3, 4)]
    stars, thumbs = (5, 4, 3, 1), (None, False, None, None)
    for day, rating, thumb in zip(days, stars, thumbs, strict=True):
        context = {"framework": f"f{rating % 2}", "model": "m"}
        db.insert_feedback(entry(timestamp=day, rating=rating, thumbs_up=thumb, tags=["a"], context=context))
    assert [one.rating for one in db.get_feedback()] == [1, 3, 4, 5]
    assert [one.rating for one in db.get_feedback(days[1], datetime(2026, 11, 4))] == [3, 4]
    assert [one.rating for one in db.get_feedback(min_rating=3, max_rating=4, limit=1)] == [3]
    assert [one.rating for one in db.get_feedback(thumbs_up=False, tags=[" A "], framework="f1")] == [1]
    assert db.get_feedback(model="n") == []
    found = db.get_statistics(start_date=days[0], end_date=days[3])
    assert {name: found[name] for name in found if name.endswith("_count")} == {
        "total_count": 3,
        "thumbs_up_count": 1,
        "thumbs_down_count": 1,
        "positive_count": 1,
        "negative_count": 1,
        "neutral_count": 1,
    }
    assert (found["avg_rating"], found["earliest"], found["latest"]) == (4.0, days[0], days[2])
    assert found["success_rate"] == pytest.approx(1 / 3)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((0.0615, 0.7923), abs=1e-4)


@pytest.mark.parametrize(
    "asked", [{"start_date": "never"}, {"limit": -1}, {"min_rating": "3"}, {"tags": "a"}, {"model": 1}]
)
def test_a_wrong_question_is_told_by_its_name(db: FeedbackDatabase, asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(asked))):
        db.get_feedback(**asked)


def test_a_plain_folder_holds_ratings_and_keeps_its_index_out_of_git(db: FeedbackDatabase) -> None:
    db.insert_feedback(entry())
    assert (Path(db.workspace.root) / ".feedback-loop/cache/.gitignore").read_text() == "*\n"
    again = FeedbackDatabase(db.workspace.root)
    assert len(again.get_feedback()) == 1


def test_paths_that_are_no_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for path in ("data/feedback.db", tmp_path / "new.sqlite3", tmp_path / "file", tmp_path / "none"):
        with pytest.raises(ValueError, match="path"):
            FeedbackDatabase(path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="not in a git repository"):
        FeedbackDatabase()
    (tmp_path / "bare/refs").mkdir(parents=True)
    (tmp_path / "bare/objects/pack").mkdir(parents=True)
    (tmp_path / "bare/HEAD").write_text("ref: refs/heads/main\n")
    for below in ("", "/objects/pack"):
        with pytest.raises(UserError, match="bare repository or a git folder: there is no work tree"):
            FeedbackDatabase(f"{tmp_path}/bare{below}")
    assert not list(tmp_path.rglob(".feedback-loop"))


def test_in_a_repository_events_name_author_and_commit(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("config", "user.email", "A@Example.org")
    repo.commit("first", "--allow-empty")
    (repo.root / "below").mkdir()
    db = FeedbackDatabase(repo.root / "below", clock=lambda: NOW)
    db.insert_feedback(entry())
    (event,) = read_events(str(repo.root)).events
    assert (event.by, event.commit) == (author(db.workspace), repo.git("rev-parse", "HEAD").strip())
    assert event.source == '{"kind":"api"}'
    assert not (repo.root / ".feedback-loop/cache").exists()
    monkeypatch.chdir(repo.root)
    assert len(FeedbackDatabase().get_feedback()) == 1


def test_the_settings_say_what_is_kept_and_broken_ones_keep_nothing(db: FeedbackDatabase) -> None:
    settings = Path(db.workspace.root) / "feedback-loop.toml"
    settings.write_text('[feedback]\nstore = "hash"\n')
    db.insert_feedback(entry(1, notes="n"))
    (found,) = db.get_feedback()
    assert (found.prompt, found.output, found.notes) == ("", "", None)
    assert db.ratings()[0].prompt_size.characters == 2
    settings.write_text('[feedback]\nstore = "hush"\n')
    with pytest.raises(UserError, match="settings are broken") as raised:
        db.insert_feedback(entry(2))
    assert "feedback.store" in raised.value.hint
    settings.write_text('fail-on = "never"\n[feedback]\nstore = "hash"\n')
    db.insert_feedback(entry(2))
    assert len(written(db)) == 2


def test_no_secret_reaches_the_disk(db: FeedbackDatabase) -> None:
    db.insert_feedback(
        entry(
            prompt=f"p {KEY}",
            output=f"o {KEY}",
            notes=KEY,
            context={
                "framework": KEY,
                "password": "hunter2",
                "session_id": f"s {KEY}",
                "in": {"session_id": "hunter2"},
            },
        )
    )
    (found_context,) = (one.context for one in db.get_feedback())
    assert found_context["session_id"] == "s ***"
    found = [path.read_bytes() for path in Path(db.workspace.root).rglob("*") if path.is_file()]
    assert all(KEY.encode() not in data and b"hunter2" not in data for data in found)


def test_a_connection_is_closed_by_with_and_by_close(db: FeedbackDatabase) -> None:
    """As in the seed: a batch between `get_connection` and `close`."""
    conn = db.get_connection()
    for number in range(2):
        db.insert_feedback(entry(number))
    conn.close()
    with db.get_connection() as conn:
        assert conn.execute("SELECT count(*), avg(rating) FROM feedback").fetchone() == (2, 4.0)
    with pytest.raises(sqlite3.ProgrammingError):
        conn.execute("SELECT 1")


def _insert(root: str, first: int) -> None:
    for number in range(first, first + 10):
        FeedbackDatabase(root, clock=lambda: NOW).insert_feedback(entry(number))


def _insert_same(root: str, place: int, ready: Any) -> None:
    """Ends with the number of entries that it could insert."""
    db, done = FeedbackDatabase(root, clock=lambda: NOW), 0
    for number in range(4):
        ready.wait()
        with contextlib.suppress(InputError):
            db.insert_feedback(entry(number, context={"place": place}))
            done += 1
    os._exit(done)


def test_of_writers_of_one_id_at_once_exactly_one_succeeds(db: FeedbackDatabase) -> None:
    db.ratings()
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(4)
    running: list[Any] = [
        context.Process(target=_insert_same, args=(db.workspace.root, place, ready)) for place in range(4)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert (sum(process.exitcode for process in running), len(written(db))) == (4, 4)


def test_writers_at_once_lose_nothing(db: FeedbackDatabase) -> None:
    start: Callable[..., Any] = multiprocessing.get_context("fork").Process
    running = [start(target=_insert, args=(db.workspace.root, 10 * place)) for place in range(4)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0] * 4
    assert len(db.ratings(RatingQuery(texts=False))) == len(written(db)) == 40
