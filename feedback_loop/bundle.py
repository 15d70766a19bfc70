"""The hook's modules out of one file instead of some thirty: half of its start-up over `python -I -S`.

The file lies beside the `.pyc` files and is no less and no more trusted than they are. A module whose
source changed since is left to the ordinary import, and the bundle is written anew
(`stores/hook_bundle.py`). Import protocol: https://docs.python.org/3/reference/import.html
"""

import marshal
import sys
from posix import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    # name -> (source, package folder or "", size, mtime in ns, marshalled code)
    Modules = dict[str, tuple[str, str, int, int, bytes]]


class Bundle:
    """A finder and loader. `stale` = the file is missing, or no longer fits a module that was asked for."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.modules: Modules = {}
        self.stale = True
        try:
            with open(path, "rb", 0) as file:
                self.modules = marshal.loads(file.read())
            self.stale = False
        except (OSError, ValueError, EOFError, TypeError):
            return

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        """The module's spec if the bundle holds it and its source is unchanged."""
        found = self.modules.get(name)
        if found is None:
            return None
        source, package, size, changed, _ = found
        seen = stat(source)
        if (seen.st_size, seen.st_mtime_ns) != (size, changed):
            self.stale = True
            return None
        spec = type(sys.__spec__)(name, self, origin=source, is_package=bool(package))  # type: ignore[arg-type]
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [package]
        return spec

    def create_module(self, spec: "ModuleSpec") -> None:
        """The ordinary kind of module."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run the module's code."""
        exec(marshal.loads(self.modules[module.__name__][4]), module.__dict__)


def install() -> None:
    """Serve this package's modules from its bundle from now on."""
    folder = __file__.rpartition("/")[0]
    bundle = Bundle(f"{folder}/__pycache__/hook.{sys.implementation.cache_tag}.bundle")
    sys.meta_path.insert(0, bundle)
