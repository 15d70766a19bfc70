"""The model of an application: from a file a person names, from the settings, from its own source, from values."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.application.model import model_of, read_model
from feedback_loop.domain.api_model import ApiModel, Endpoint, Entity, ModelField
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.workspace import Workspace
from tests.repo import Repo

IR = {"entities": [{"name": "Product"}], "endpoints": [{"method": "GET", "path": "/p", "entity": "Product"}]}
ENDPOINT = Endpoint("GET", "/p", "Product")
SOURCE = """
class ProductModel(Base):
    __tablename__ = "wares"
    category_id = Column(Integer, ForeignKey("categories.id"))
class Category(Base):
    __tablename__ = "categories"
    id = Column(Integer)
"""


@pytest.fixture
def shop(tmp_path: Path, home: Path) -> Repo:
    return Repo(tmp_path / "shop", home)


def opened(repo: Repo) -> Workspace:
    return Workspace.open(str(repo.root))


def test_a_repository_that_says_nothing_has_no_model(shop: Repo) -> None:
    shop.write("app.py", "class Product: pass\n")
    shop.write("untracked.py", SOURCE)
    shop.stage("app.py")
    assert read_model(opened(shop), None) is None


def test_the_source_alone_is_a_model(shop: Repo) -> None:
    shop.write("app/models.py", "x = 1\n")
    shop.write("app/broken.py", "class BaseModel(\n")
    shop.write("gone.py", SOURCE)
    shop.stage()
    shop.write("app/models.py", SOURCE)  # the working tree is what ran
    (shop.root / "gone.py").unlink()
    model = read_model(opened(shop), None)
    assert model is not None
    assert [(one.name, one.table) for one in model.entities] == [
        ("Category", "categories"),
        ("ProductModel", "wares"),
    ]


def test_a_document_named_by_a_person_is_merged_with_the_source(shop: Repo, tmp_path: Path) -> None:
    shop.write("app/models.py", SOURCE)
    shop.stage()
    (tmp_path / "ir.json").write_text(json.dumps(IR))
    model = read_model(opened(shop), str(tmp_path / "ir.json"))
    assert model is not None
    assert model.endpoints == (ENDPOINT,)
    product = model.entities[0]
    assert (product.name, product.table, product.schemas) == ("Product", "wares", ("ProductModel",))
    assert product.fields[0].references == "Category"


def test_the_setting_names_a_file_of_the_repository(shop: Repo) -> None:
    shop.write("pyproject.toml", '[tool.feedback-loop.classify]\nir = "docs/ir.json"\n')
    with pytest.raises(UserError, match=r"the setting classify\.ir names docs/ir\.json, which is not there"):
        read_model(opened(shop), None)
    shop.write("docs/ir.json", json.dumps(IR))
    assert read_model(opened(shop), None) == ApiModel((Entity("Product"),), (ENDPOINT,))
    shop.write("docs/ir.json", "{")
    with pytest.raises(InputError, match=r"docs/ir\.json"):
        read_model(opened(shop), None)


def test_the_setting_does_not_lead_outside(shop: Repo, tmp_path: Path) -> None:
    (tmp_path / "ir.json").write_text(json.dumps(IR))
    shop.write("pyproject.toml", '[tool.feedback-loop.classify]\nir = "ir.json"\n')
    (shop.root / "ir.json").symlink_to(tmp_path / "ir.json")
    with pytest.raises(UserError, match=r"classify\.ir.*leaves the repository"):
        read_model(opened(shop), None)


def test_a_named_file_that_cannot_be_read_is_told(shop: Repo, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        read_model(opened(shop), str(tmp_path / "none.json"))
    (tmp_path / "api.yaml").write_text("openapi: 3.0.0\n")
    with pytest.raises(InputError, match="YAML is not read"):
        read_model(opened(shop), str(tmp_path / "api.yaml"))


# -- values ----------------------------------------------------------------------------------------


class Verb(Enum):
    GET = "get"


def test_none_stays_none_and_a_model_itself() -> None:
    model = ApiModel((Entity("A"),))
    assert model_of(None) is None
    assert model_of(model) is model


@pytest.mark.parametrize(
    "value",
    [
        IR,
        SimpleNamespace(**IR),
        SimpleNamespace(
            entities={"Product": {"name": "Product"}}, endpoints=({"method": "GET", "path": "/p"},)
        ),
        SimpleNamespace(
            entities=[SimpleNamespace(name="Product", fields=None)],
            endpoints=[SimpleNamespace(method=Verb.GET, path="/p", entity="Product")],
        ),
    ],
)
def test_forms_of_one_model(value: object) -> None:
    model = model_of(value)
    assert model is not None
    assert model.entities == (Entity("Product"),)
    assert [(one.method, one.path) for one in model.endpoints] == [("GET", "/p")]


def test_an_object_s_fields_are_taken_as_far_as_they_go() -> None:
    field = SimpleNamespace(name="a_id", type=int, required=True, unique="yes", references="A")
    model = model_of(SimpleNamespace(entities=[SimpleNamespace(name="B", fields=[field])]))
    assert model == ApiModel((Entity("B", (ModelField("a_id", "", True, None, None, "A"),)),))


def test_an_openapi_document_as_a_dict() -> None:
    told = {"openapi": "3.0.0", "paths": {"/p": {"get": {}}}}
    assert model_of(told) == ApiModel(endpoints=(Endpoint("GET", "/p"),))


@pytest.mark.parametrize(
    "value",
    [
        *(7, "ir.json", [], {}, {"x": 1}, {"openapi": "2.0"}, SimpleNamespace(entities=3)),
        *(
            SimpleNamespace(entities="AB"),
            SimpleNamespace(entities=[1]),
            SimpleNamespace(endpoints=[{"path": "/"}]),
        ),
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        model_of(value)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "path"]), inner),
)


@settings(max_examples=50, deadline=None)
@given(VALUES, VALUES)
def test_any_value_is_a_model_or_refused(entities: object, endpoints: object) -> None:
    for value in (entities, SimpleNamespace(entities=entities, endpoints=endpoints)):
        try:
            model_of(value)
        except InputError as error:
            assert error.message
