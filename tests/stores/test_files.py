import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores import files
from feedback_loop.stores.files import TEMPORARY, atomic_write, components, safe_open, safe_read, sweep
from tests.repo import ROOT

CAP = 1000
SECRET = b"secret"
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file, a folder with a file, and a secret outside."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_bytes(SECRET)
    (tmp_path / "rooted").write_bytes(SECRET)  # its name begins as the root's does
    (tmp_path / "root" / "d").mkdir(parents=True)
    (tmp_path / "root" / "f").write_bytes(b"f")
    (tmp_path / "root" / "d" / "f").write_bytes(b"d/f")
    return tmp_path / "root"


def read(root: Path, path: str) -> bytes:
    return safe_read(str(root), path, CAP)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def leftovers(folder: Path) -> list[str]:
    return [name for name in names(folder) if name.startswith(".fl-tmp")]


@pytest.fixture
def no_leaks() -> Iterator[None]:
    """The test leaves no descriptor open."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("there is no /proc")
    before = len(names(Path("/proc/self/fd")))
    yield
    assert len(names(Path("/proc/self/fd"))) == before


# -- paths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "f",
        "d/f",
        ".git",
        "a b",
        "...x",
        "a~",
        "-x",
        "é",
        "日本/f",
        "con_",
        "console",
        "aux-1",
        "com",
        "com10",
        "lpt.d/x.com",
    ],
)
def test_ordinary_paths_pass(path: str) -> None:
    assert components(path) == path.split("/")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            ".",
            "..",
            "/",
            "/etc/passwd",
            "//x",
            "../f",
            "d/../f",
            "d/..",
            "./f",
            "d/./f",
            "d//f",
            "d/",
            "d/../../x",
        ),
        *(
            "~",
            "~/f",
            "~root/f",
            "d/~f",
            "C:",
            "C:/f",
            "c:f",
            "d/f:stream",
            "d\\f",
            "..\\f",
            "\\\\host\\share",
            "%2e%2e\\f",
        ),
        *("f\0", "\0", "f\n", "f\x1b", "d/f.", "d/f ", "d./f", "d /f", "f...", ". ", ".. "),
        *(
            "con",
            "CON.txt",
            "d/nul",
            "Aux.tar.gz",
            "com1",
            "LPT9.x",
            "com¹",
            "con .txt",
            "CONIN$",
            "conout$.md",
            "prn/f",
        ),
        *("\ud800", "d/\udfff"),
    ],
)
def test_path_tricks_are_refused(root: Path, path: str) -> None:
    for call in (components, lambda path: safe_open(str(root), path), lambda path: read(root, path)):
        with pytest.raises(UserError, match=r"^path leaves the repository or is not portable: ") as caught:
            call(path)
        assert caught.value.exit_code == 2
        assert str(caught.value).isascii()


# -- reading -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_leaks")
def test_files_are_read_whole(root: Path) -> None:
    assert read(root, "f") == b"f"
    assert read(root, "d/f") == b"d/f"
    (root / "empty").touch()
    assert read(root, "empty") == b""


@pytest.mark.usefixtures("no_leaks")
@pytest.mark.parametrize("path", ["nothing", "d/nothing", "nothing/f", "f/x"])
def test_what_is_not_there_is_an_error_of_the_system(root: Path, path: str) -> None:
    with pytest.raises((FileNotFoundError, NotADirectoryError)):
        read(root, path)


@pytest.mark.usefixtures("no_leaks")
@pytest.mark.parametrize(
    ("link", "target", "path", "data"),
    [
        ("link", "f", "link", b"f"),
        ("link", "./d/../f", "link", b"f"),
        ("link", ".", "link/f", b"f"),
        ("link", "d", "link/f", b"d/f"),
        ("d/link", "../f", "d/link", b"f"),
        ("d/link", "f", "d/link", b"d/f"),
        ("d/link", "{root}/f", "d/link", b"f"),
        ("d/link", "{root}/d", "d/link/f", b"d/f"),
        ("d/link", "../../root/f", "d/link", b"f"),
    ],
)
def test_a_link_that_stays_inside_is_followed(
    root: Path, link: str, target: str, path: str, data: bytes
) -> None:
    (root / link).symlink_to(target.format(root=root))
    assert read(root, path) == data


@pytest.mark.usefixtures("no_leaks")
@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("link", "../outside/f", "link"),
        ("link", "../outside", "link/f"),
        ("link", "/etc/passwd", "link"),
        ("link", "/", "link/etc/passwd"),
        ("link", "..", "link/outside/f"),
        ("link", "../rooted", "link"),
        ("link", "d/../..", "link/outside/f"),
        ("d/link", "../../outside/f", "d/link"),
        ("d/link", "{root}ed", "d/link"),
        ("d/link", "{root}/../outside/f", "d/link"),
        ("d/link", "{root}", "d/link"),
    ],
)
def test_a_link_that_leaves_the_root_is_refused(root: Path, link: str, target: str, path: str) -> None:
    (root / link).symlink_to(target.format(root=root))
    with pytest.raises(UserError, match="path leaves the repository"):
        read(root, path)


@pytest.mark.usefixtures("no_leaks")
@pytest.mark.parametrize("target", ["loop", "two", "hop"])
def test_loops_and_links_to_links_are_refused(root: Path, target: str) -> None:
    (root / "loop").symlink_to(target)
    (root / "two").symlink_to("loop")
    (root / "hop").symlink_to("f")
    with pytest.raises(UserError, match=r"too many links: 'loop'"):
        read(root, "loop")


def test_a_link_to_nothing_is_not_there(root: Path) -> None:
    (root / "link").symlink_to("nothing")
    with pytest.raises(FileNotFoundError):
        read(root, "link")


@pytest.mark.usefixtures("no_leaks")
def test_only_regular_files_are_read_and_nothing_blocks(root: Path) -> None:
    os.mkfifo(root / "fifo")
    (root / "link").symlink_to("fifo")
    for path in ("fifo", "link", "d"):
        with pytest.raises(UserError, match="not a regular file"):
            read(root, path)


def test_caps_count_bytes(root: Path) -> None:
    (root / "big").write_bytes(b"x" * 10)
    assert safe_read(str(root), "big", 10) == b"x" * 10
    with pytest.raises(UserError, match=r"'big' is larger than 9 bytes \(10\)"):
        safe_read(str(root), "big", 9)


def test_a_sparse_giant_is_refused_by_its_size(root: Path) -> None:
    with (root / "giant").open("wb") as giant:
        giant.truncate(1 << 40)
    with pytest.raises(UserError, match="larger than 1000 bytes"):
        read(root, "giant")


@needs_proc
def test_a_file_that_hides_its_size_is_cut_at_the_cap() -> None:
    assert len(safe_read("/proc/self", "status", 100_000)) > CAP  # its size is said to be 0
    with pytest.raises(UserError, match="larger than 20 bytes"):
        safe_read("/proc/self", "status", 20)


def swapping(swap: Callable[[], None]) -> Callable[[], None]:
    """Swap again and again in a thread until the returned function is called."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            swap()

    thread = threading.Thread(target=work)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    return end


@pytest.mark.parametrize(("path", "target"), [("x", "../outside/f"), ("x/f", "../outside")])
def test_a_swap_while_reading_leads_nowhere_outside(root: Path, path: str, target: str) -> None:
    inside, link, other = root / "x", root / "link", root / "other"
    link.symlink_to(target)
    shutil.copytree(root / "d", inside) if "/" in path else inside.write_bytes(b"d/f")

    def swap() -> None:
        for first, second in ((inside, other), (link, inside), (inside, link), (other, inside)):
            first.rename(second)

    end = swapping(swap)
    seen = {"read": 0, "refused": 0, "gone": 0}
    try:
        for _ in range(4000):
            try:
                assert read(root, path) == b"d/f"
                seen["read"] += 1
            except UserError:
                seen["refused"] += 1
            except OSError:
                seen["gone"] += 1
    finally:
        end()
    assert min(seen["read"], seen["refused"] + seen["gone"]) > 0, seen


# -- writing -------------------------------------------------------------------------------------


def test_equal_bytes_are_no_write(tmp_path: Path) -> None:
    path = tmp_path / "f"
    assert atomic_write(str(path), b"a") is True
    os.utime(path, (1, 1))
    before = path.stat()
    assert atomic_write(str(path), b"a") is False
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize(
    ("old", "new"), [(b"a", b"b"), (b"ab", b"a"), (b"a", b"ab"), (b"a", b""), (b"", b"a")]
)
def test_other_bytes_replace_the_old_ones(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = tmp_path / "f"
    path.write_bytes(old)
    assert atomic_write(str(path), new) is True
    assert path.read_bytes() == new
    assert names(tmp_path) == ["f"]


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o444])
def test_an_old_file_keeps_its_mode_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a")
    path.chmod(mode)
    previous = os.umask(0o077)
    try:
        atomic_write(str(path), b"b")
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize(
    ("umask", "mode", "expected"), [(0o022, 0o644, 0o644), (0o077, 0o644, 0o600), (0o022, 0o755, 0o755)]
)
def test_a_new_file_obeys_the_umask(tmp_path: Path, umask: int, mode: int, expected: int) -> None:
    previous = os.umask(umask)
    try:
        atomic_write(str(tmp_path / "f"), b"a", mode)
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == expected


def test_folders_are_made_on_the_way(tmp_path: Path) -> None:
    assert atomic_write(str(tmp_path / "a" / "b" / "f"), b"x")
    assert (tmp_path / "a" / "b" / "f").read_bytes() == b"x"


@pytest.mark.parametrize("target", ["f", "nothing", "../outside/f"])
def test_a_link_is_not_written_through_nor_replaced(root: Path, target: str) -> None:
    (root / "link").symlink_to(target)
    with pytest.raises(UserError, match="will not write through a link"):
        atomic_write(str(root / "link"), b"x")
    assert (root / "link").is_symlink()
    assert (root.parent / "outside" / "f").read_bytes() == SECRET
    assert leftovers(root) == []


def test_what_is_no_file_is_not_replaced_and_nothing_blocks(root: Path) -> None:
    os.mkfifo(root / "fifo")
    for name in ("fifo", "d"):
        with pytest.raises(UserError, match="not a regular file"):
            atomic_write(str(root / name), b"x")
    assert stat.S_ISFIFO((root / "fifo").stat().st_mode)
    assert leftovers(root) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("{root}/f/new", "Not a directory"),
        ("{root}/f/deep/new", "Not a directory"),
        ("/proc/nothing/new", "No such file"),
    ],
)
def test_a_folder_that_cannot_be_written_is_a_fault_of_the_machine(
    root: Path, path: str, reason: str
) -> None:
    path = path.format(root=root)
    with pytest.raises(MachineFault, match=f"^cannot write {path}: {reason}") as caught:
        atomic_write(path, b"x")
    assert (caught.value.exit_code, caught.value.kind) == (3, "io")


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_a_full_or_broken_disk_leaves_the_old_file_and_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, call, fail)
    with pytest.raises(MachineFault, match=f"^cannot write {path}: No space left on device$"):
        atomic_write(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(files.os, "write", lambda descriptor, data: write(descriptor, bytes(data[:3])))
    atomic_write(str(tmp_path / "f"), b"0123456789")
    assert (tmp_path / "f").read_bytes() == b"0123456789"


# -- crashes -------------------------------------------------------------------------------------


def killed(work: Callable[[], object], after: float | None = None) -> None:
    """Do the work in a process of its own, which kills itself or is killed after so many seconds."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(9)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("call", "left"),
    [("flock", b"old"), ("write", b"old"), ("fchmod", b"old"), ("fsync", b"old"), ("rename", b"old")],
)
def test_a_writer_that_dies_leaves_old_bytes_and_the_next_one_cleans_up(
    tmp_path: Path, call: str, left: bytes
) -> None:
    import fcntl

    path = tmp_path / "f"
    path.write_bytes(b"old")

    def work() -> None:
        setattr(fcntl if call == "flock" else files.os, call, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        atomic_write(str(path), b"new")

    killed(work)
    assert path.read_bytes() == left
    assert len(leftovers(tmp_path)) == 1
    assert atomic_write(str(path), b"old") is False  # even a write of nothing cleans up
    assert leftovers(tmp_path) == []


def test_a_writer_that_dies_after_the_rename_has_written(tmp_path: Path) -> None:
    path = tmp_path / "f"

    def work() -> None:
        files._sync_folder = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        atomic_write(str(path), b"new")

    killed(work)
    assert path.read_bytes() == b"new"
    assert leftovers(tmp_path) == []


def test_kills_at_random_moments_leave_old_or_new_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f"
    versions = [bytes([65 + number]) * 200_000 for number in range(2)]
    path.write_bytes(versions[0])

    def work() -> None:
        while True:
            for data in versions:
                atomic_write(str(path), data)

    found = number = 0
    while number < 60 or (not found and number < 600):  # until a kill came in the middle, on any machine
        number += 1
        killed(work, after=0.002 + number % 20 * 0.001 * (1 + 10 * (number // 60)))
        assert path.read_bytes() in versions
        found += len(leftovers(tmp_path))
        atomic_write(str(path), b"%d" % number)
        assert names(tmp_path) == ["f"]
        path.write_bytes(versions[number % 2])
    assert found > 0, "no kill came while a temporary file was there"


def test_sweeping_spares_the_living_and_what_is_not_ours(tmp_path: Path) -> None:
    import fcntl

    spared = [".fl-tmp-notes.md", ".fl-tmp-", ".fl-tmp-0123456G", ".fl-tmp-012345678", "fl-tmp-01234567"]
    for name in (*spared, ".fl-tmp-deadbeef", ".fl-tmp-01234567"):
        (tmp_path / name).touch()
    (tmp_path / ".fl-tmp-00000000").mkdir()
    (tmp_path / ".fl-tmp-11111111").symlink_to(".fl-tmp-notes.md")
    with (tmp_path / ".fl-tmp-01234567").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sweep(str(tmp_path))
    assert names(tmp_path) == sorted([*spared, ".fl-tmp-00000000", ".fl-tmp-01234567", ".fl-tmp-11111111"])
    assert TEMPORARY == ".fl-tmp-"


def test_many_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    pids = []
    for number in range(4):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                for _ in range(25):
                    atomic_write(str(path), bytes([65 + number]) * 5000)
                status = 0
            finally:
                os._exit(status)
        pids.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0] * 4
    assert path.read_bytes() in [bytes([65 + number]) * 5000 for number in range(4)]
    assert names(tmp_path) == ["f"]


# -- what the system is asked for ----------------------------------------------------------------


def traced(tmp_path: Path, calls: str, code: str, *arguments: str) -> list[str]:
    """The system calls of the code between the two marks it writes."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "strace.log"
    program = f"import os, sys; from feedback_loop.stores.files import *; os.write(1, b'begin'); {code}; os.write(1, b'end')"
    command = [
        strace,
        "-y",
        "-f",
        "-o",
        str(log),
        "-e",
        f"trace={calls},write",
        sys.executable,
        "-c",
        program,
        *arguments,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if "ptrace" in done.stderr.lower():
        pytest.skip("processes may not be traced here")
    assert done.returncode == 0, done.stderr
    lines = log.read_text().splitlines()
    first, last = (
        next(at for at, line in enumerate(lines) if f'"{mark}"' in line) for mark in ("begin", "end")
    )
    return lines[first + 1 : last]


def test_bytes_are_synced_then_renamed_then_the_folder_is_synced(tmp_path: Path) -> None:
    target = tmp_path / "new" / "f"
    calls = traced(
        tmp_path, "fsync,rename,renameat,renameat2,mkdir", "atomic_write(sys.argv[1], b'x')", str(target)
    )
    steps = [line.split(None, 1)[1] for line in calls]
    names = [step.partition("(")[0].removesuffix("at") for step in steps]
    assert names == ["mkdir", "fsync", "write", "fsync", "rename", "fsync"]
    synced = [step.partition("<")[2].partition(">")[0] for step in steps if step.startswith("fsync")]
    assert synced[0] == str(tmp_path)
    assert synced[1].startswith(str(target.parent / TEMPORARY))
    assert synced[2] == str(target.parent)


def test_nothing_outside_of_the_root_is_ever_opened(root: Path, tmp_path: Path) -> None:
    tricks = {"a": "../outside/f", "b": "../outside", "c": "/etc/passwd", "d2": "..", "e": "f", "g": "g"}
    for name, target in tricks.items():
        (root / name).symlink_to(target)
    code = "\nfor path in sys.argv[2:]:\n try: safe_read(sys.argv[1], path, 9)\n except Exception: pass\n"
    paths = [
        "f",
        "a",
        "b/f",
        "c",
        "d2/outside/f",
        "e",
        "g",
        "../outside/f",
        "d/../../outside/f",
        "/etc/passwd",
    ]
    program = f"exec({code!r})"
    calls = traced(tmp_path, "open,openat,openat2", program, str(root), *paths)
    opened = [line.rpartition("<")[2].partition(">")[0] for line in calls if line.endswith(">")]
    assert str(root / "f") in opened
    assert [path for path in opened if path != str(root) and not path.startswith(f"{root}/")] == []
