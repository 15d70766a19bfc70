"""Failures of other people's projects: what their frameworks' modules are called is no entity."""

import pytest

from feedback_loop.domain.failure import Failure
from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.engines.classify.classifier import Classifier


def entity_of(file: str) -> str | None:
    trace = Trace("RuntimeError", "RuntimeError", "it broke", (Frame(file, 3, "run"),))
    return Classifier().classify(Failure("RuntimeError", "it broke", trace=trace)).signature.entity


def test_a_module_of_models_names_its_entity() -> None:
    assert entity_of("/srv/shop/models/order.py") == "order"


@pytest.mark.parametrize(
    "file",
    [
        "/srv/web/core/handlers/exception.py",
        "/srv/web/core/handlers/asgi.py",
        "/srv/web/db/models/compiler.py",
        "/srv/shop/models/top.html",
        "<cell 3>",
    ],
)
def test_plumbing_and_templates_name_none(file: str) -> None:
    assert entity_of(file) == "*"
