"""`python.name_test`: behaviour that hangs on a word in a name, title, label or message (CORE-5)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.python.message_test import decisions, is_exception_text
from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.string_tests import TYPED, in_condition, string_tests
from feedback_loop.detectors.syntax import span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

_LABELS = frozenset(("name", "title", "label", "message"))
_ENDINGS = ("_name", "_type", "_msg", "_message", "_title", "_label")
_PLATFORM = ("os.name", "sys.implementation.name")
_OPTIONS = frozenset(("args", "namespace", "opts", "options"))
_PARSERS = ("parse_args", "parse_known_args", "parse_intermixed_args")
# In these the name is the whole input: there is no metadata to ask instead.
_BY_NAME = frozenset(("__getattr__", "__getattribute__", "__setattr__", "__delattr__"))


@check(
    "python.name_test",
    sites=decisions,
    exempt=("tests",),
    typed=TYPED,
)
def name_test(module: Module) -> Iterator[Match]:
    """Conditions that look for a word in something made to be read."""
    for test in string_tests(module):
        subject = test.subject
        if (
            _is_label(subject)
            and any(map(_is_word, test.words))
            and in_condition(module, test.node)
            and not _is_fixed(module, subject)
            and not is_exception_text(module, subject)
        ):
            yield Match(span(test.node), span(test.node))


def _is_label(subject: _ast.expr) -> bool:
    name = subject.attr if isinstance(subject, _ast.Attribute) else getattr(subject, "id", "")
    return name in _LABELS or name.endswith(_ENDINGS)


def _is_word(text: str) -> bool:
    """Not punctuation, a file suffix or one of Python's own names such as `__main__`."""
    return not text.startswith((".", "__")) and any(map(str.isalpha, text))


def _is_fixed(module: Module, subject: _ast.expr) -> bool:
    """Names with a closed set of values: the platform's, a command line's, the attribute asked for."""
    if module.resolve(subject) in _PLATFORM:
        return True
    if isinstance(subject, _ast.Attribute):
        return isinstance(subject.value, _ast.Name) and _is_options(module, subject.value)
    return getattr(module.function(subject), "name", None) in _BY_NAME


def _is_options(module: Module, receiver: _ast.Name) -> bool:
    if receiver.id in _OPTIONS:
        return True
    for binding in module.lookup(receiver)[1]:
        statement = module.parent(binding.node)
        if isinstance(statement, _ast.Tuple):
            statement = module.parent(statement)
        value = getattr(statement, "value", None)
        if isinstance(value, _ast.Call) and getattr(value.func, "attr", None) in _PARSERS:
            return True
    return False
