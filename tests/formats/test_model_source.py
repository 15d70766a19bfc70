"""Models read from Python source by its tree alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.api_model import ApiModel, Entity, ModelField
from feedback_loop.domain.model_merge import merge_source
from feedback_loop.formats.model_source import may_hold_models, read_source

SQL = b'''
class Base(DeclarativeBase): pass
class Stamped:
    created_at = Column(DateTime, server_default=func.now())
class Category(Base):
    __tablename__ = "categories"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    products: Mapped[list["Product"]] = relationship(back_populates="category")
class Product(Stamped, Base):
    """A ware."""
    __tablename__ = "wares"
    __table_args__ = (CheckConstraint("price > 0"),)
    id = sa.Column(sa.Integer, primary_key=True)
    sku = Column(String(20), unique=True, nullable=False)
    kind = Column("kind_id", Integer, ForeignKey("shop.categories.id"), nullable=False)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("wares.id"))
    maker_id: Mapped["int | None"]
    note: Mapped[int | None]
    category = relationship("Category")
class Mixed(Base):
    __abstract__ = True
    id = Column(Integer)
'''
PYDANTIC = b"""
class ProductBase(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sku: str
    price: float = Field(..., gt=0)
    kinds: ClassVar[int] = 1
class ProductCreate(ProductBase):
    tags: list[str] = []
class ReviewIn(pydantic.BaseModel):
    text: Annotated[str | None, Field()] = None
    stars: int
class ReviewError(BaseModel):
    detail: str
"""
SQLMODEL = b"""
class TeamBase(SQLModel):
    name: str = Field(index=True)
class Team(TeamBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
class Hero(SQLModel, table=True):
    team_id: int | None = Field(default=None, foreign_key="team.id")
    other_id: int = Field(sa_column=Column(Integer, ForeignKey("team.id")))
class HeroCreate(SQLModel):
    secret: str
"""
DJANGO = b"""
class Named(models.Model):
    name = models.CharField(max_length=9)
    class Meta:
        abstract = True
class Author(models.Model):
    class Meta:
        db_table = "writers"
    mentor = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
class Book(models.Model):
    author = models.ForeignKey(to="people.Author", on_delete=models.CASCADE)
    code = models.OneToOneField(Author, on_delete=models.CASCADE)
    title = models.CharField(max_length=3, unique=True, default="")
    tags = models.ManyToManyField(Author)
    objects = Manager()
"""
FLASK = b"""
class OrderItem(db.Model):
    order_id = db.Column(db.Integer, db.ForeignKey("order.id"), nullable=False)
"""


def read(text: bytes, path: str = "app/models.py") -> dict[str, Entity]:
    return {one.name: one for one in read_source([(path, text)]).entities}


def fields(entity: Entity) -> dict[str, ModelField]:
    return {one.name: one for one in entity.fields}


@pytest.mark.parametrize("text", [b"", b"x = 1", b"class A: pass", b"class (", b"\0", b"\xff", b"(" * 5000])
def test_a_text_without_models_says_nothing(text: bytes) -> None:
    assert read(text) == {}


def test_sqlalchemy() -> None:
    found = read(SQL)
    assert {name: one.table for name, one in found.items()} == {"Category": "categories", "Product": "wares"}
    assert fields(found["Category"])["name"] == ModelField("name", "str", True, True, False)
    assert list(fields(found["Category"])) == ["id", "name"]
    product = fields(found["Product"])
    assert {name: one.references for name, one in product.items() if one.references} == {
        "kind_id": "Category",
        "parent_id": "Product",
    }
    assert product["sku"] == ModelField("sku", "String", True, True, False)
    assert (product["parent_id"].nullable, product["parent_id"].required) == (True, False)
    assert (product["maker_id"].nullable, product["note"].nullable, product["note"].required) == (
        True,
        True,
        False,
    )
    assert product["id"].required is False
    assert product["created_at"].required is False
    assert "category" not in product


def test_pydantic_classes_are_schemas_of_an_entity() -> None:
    found = read(SQL + PYDANTIC)
    assert found["Product"].schemas == ("ProductBase", "ProductCreate")
    assert list(fields(found["Product"]))[-2:] == ["price", "tags"]
    assert fields(found["Product"])["price"].required is True
    assert fields(found["Product"])["tags"] == ModelField("tags", "list", False, None, False)
    assert found["Review"] == Entity(
        "Review",
        (ModelField("text", "str", False, None, True), ModelField("stars", "int", True, None, False)),
        schemas=("ReviewIn",),
    )
    assert "ReviewError" not in found


def test_sqlmodel() -> None:
    found = read(SQLMODEL)
    assert {name: one.table for name, one in found.items()} == {"Hero": "hero", "Team": "team"}
    assert found["Hero"].schemas == ("HeroCreate",)
    assert list(fields(found["Team"])) == ["id", "name"]
    assert [one.references for one in found["Hero"].fields] == ["Team", "Team", ""]


def test_django() -> None:
    found = read(DJANGO, "shop/models/books.py")
    assert {name: one.table for name, one in found.items()} == {"Author": "writers", "Book": "shop_book"}
    assert fields(found["Author"])["mentor"] == ModelField(
        "mentor", "ForeignKey", False, None, True, "Author"
    )
    book = fields(found["Book"])
    assert list(book) == ["author", "code", "title"]
    assert (book["author"].references, book["author"].required) == ("Author", True)
    assert (book["code"].references, book["code"].unique) == ("Author", True)
    assert (book["title"].unique, book["title"].required) == (True, False)


def test_flask_s_extension_names_the_table_itself() -> None:
    assert read(FLASK)["OrderItem"].table == "order_item"


def test_classes_of_several_files_know_one_another() -> None:
    halves = SQL.partition(b"class Product(")
    files = [("b.py", b"class Product(" + halves[2]), ("a.py", halves[0]), ("c.py", PYDANTIC)]
    assert read_source(files) == read_source([("all.py", SQL + PYDANTIC)])


def test_a_schema_may_be_called_as_its_table_is() -> None:
    table = b"class Ware(Base):\n    __tablename__ = 'wares'\n    id = Column(Integer)\n"
    schema = b"class Ware(BaseModel):\n    id: str\n    name: str\nclass WareFull(Ware):\n    more: int\n"
    for files in ([("a.py", table), ("b.py", schema)], [("a.py", schema), ("b.py", table)]):
        found = {one.name: one for one in read_source(files).entities}
        assert found["Ware"].table == "wares"
        assert [(one.name, one.type) for one in found["Ware"].fields] == [("id", "Integer"), ("name", "str")]
        assert list(fields(found["WareFull"])) == ["more", "id", "name"]


def test_classes_that_come_from_each_other_end() -> None:
    assert (
        read(b"class A(B): pass\nclass B(A):\n    __tablename__ = 'b'\n    id = Column()\n")["B"].table == "b"
    )


def test_only_files_with_the_words_are_worth_a_parse() -> None:
    assert all(map(may_hold_models, (SQL, PYDANTIC, SQLMODEL, DJANGO, FLASK)))
    assert not may_hold_models(b"class Product: pass")


def test_a_document_gets_the_tables_of_the_source() -> None:
    told = Entity(
        "Product", (ModelField("sku", "string", True), ModelField("kind_id")), schemas=("ProductRead",)
    )
    source = read_source([("a.py", SQL.replace(b"class Product(", b"class ProductModel(") + PYDANTIC)])
    merged = merge_source(ApiModel((told,), base_paths=("/api",)), source)
    assert merged.base_paths == ("/api",)
    assert [(one.name, one.table) for one in merged.entities] == [
        ("Product", "wares"),
        ("Category", "categories"),
    ]
    product = merged.entities[0]
    assert set(product.schemas) == {"ProductModel", "ProductRead"}
    assert fields(product)["sku"] == ModelField("sku", "string", True, True, False)
    assert fields(product)["kind_id"].references == "Category"
    assert "note" in fields(product)


PIECES = st.sampled_from(
    [
        SQL,
        PYDANTIC,
        SQLMODEL,
        DJANGO,
        b"\n",
        b"    ",
        b"class A(B[C], table=x):",
        b"# coding: rot13\n",
        b"x: y = Column(",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=20), max_size=4), st.integers(0, 2000), st.text(max_size=10))
def test_any_text_is_taken(pieces: list[bytes], cut: int, path: str) -> None:
    found = read_source([(path, b"".join(pieces)[cut:]), (path, b"".join(pieces)[:cut])])
    assert all(one.name.isidentifier() for one in found.entities)
    assert not found.endpoints
