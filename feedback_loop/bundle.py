"""The hook's modules out of one file instead of some thirty: most of its start-up over `python -I -S`.

The file lies beside the `.pyc` files and is no less and no more trusted than they are. The modules of
every scan are executed at once, in the order of their imports; the detectors' modules wait until they
are imported. If any source changed since, all is left to ordinary import, and the bundle is written
anew (`stores/hook_bundle.py`). Import protocol: https://docs.python.org/3/reference/import.html
"""

import marshal
import sys
from posix import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    # name, source, package folder or "", size, mtime in ns
    Entry = tuple[str, str, str, int, int]


_CAP = 16 << 20


class Bundle:
    """A finder and loader of the waiting modules. `stale` = the file is missing, or fits no longer."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.stale = True
        self.waiting: dict[str, tuple[Entry, bytes]] = {}

    def load(self) -> None:
        """Read the file, execute what every scan needs, and keep the rest for `find_spec`."""
        try:
            with open(self.path, "rb", 0) as file:
                package, at_once, waiting = marshal.loads(file.read(_CAP))
        except (OSError, ValueError, EOFError, TypeError):
            return
        # A tree that was copied with its bundle would run the other tree's code.
        if package == __file__.rpartition("/")[0] and all(_unchanged(entry) for entry, _ in at_once):
            self.stale = False
            self.waiting = waiting
            for entry, code in at_once:
                _execute(entry, code)

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        """The module's spec if the bundle holds it and its source is unchanged."""
        found = self.waiting.get(name)
        if found is None:
            return None
        entry, _ = found
        if not _unchanged(entry):
            self.stale = True
            return None
        spec = type(sys.__spec__)(name, self, origin=entry[1])  # type: ignore[arg-type]
        spec.has_location = True
        return spec

    def create_module(self, spec: "ModuleSpec") -> None:
        """The ordinary kind of module."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run the module's code."""
        exec(marshal.loads(self.waiting[module.__name__][1]), module.__dict__)


def _unchanged(entry: "Entry") -> bool:
    try:
        seen = stat(entry[1])
    except OSError:
        return False
    return (seen.st_size, seen.st_mtime_ns) == entry[3:]


def _execute(entry: "Entry", code: "CodeType") -> None:
    """What import does, without its searching and locking."""
    name, source, package = entry[:3]
    parent, _, child = name.rpartition(".")
    module = type(sys)(name)
    module.__file__ = source
    module.__package__ = name if package else parent
    if package:
        module.__path__ = [package]
    sys.modules[name] = module
    exec(code, module.__dict__)
    if parent:
        setattr(sys.modules[parent], child, module)


def install() -> None:
    """Serve this package's modules from its bundle from now on."""
    folder = __file__.rpartition("/")[0]
    bundle = Bundle(f"{folder}/__pycache__/hook.{sys.implementation.cache_tag}.bundle")
    sys.meta_path.insert(0, bundle)
    bundle.load()
