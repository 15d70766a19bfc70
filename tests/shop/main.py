"""The shop's application: `create_app(fixed)`, or `shop.main:app` with the names in `SHOP_FIXED`.

A defect is a branch on its name: its endpoint fails as long as the name is not among the fixed ones.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from . import models, schemas

router = APIRouter()


class Shop(Session):
    """A session that knows which defects are fixed."""

    fixed: frozenset[str] = frozenset()


def open_shop(request: Request) -> Iterator[Shop]:
    with Shop(request.app.state.engine) as shop:
        shop.fixed = request.app.state.fixed
        yield shop


Db = Annotated[Shop, Depends(open_shop)]
First = Annotated[int, Path(ge=1, le=2**31, examples=[1])]
NoRow = Annotated[int, Path(ge=1, le=2**31, examples=[99])]


def found(row: Any) -> Any:
    if row is None:
        raise HTTPException(404, "no such row")
    return row


def total(quantity: int, price: int) -> int:
    return quantity * price


@router.get("/health")
def health() -> dict[str, str]:
    return {"status": "up"}


@router.post("/categories", status_code=201)
def create_category(body: schemas.CategoryCreate, db: Db) -> schemas.Category:
    taken = db.scalar(select(models.Category).filter_by(name=body.name))
    if "taken_name" in db.fixed and taken is not None:
        raise HTTPException(409, "there is such a category")
    category = models.Category(name=body.name)
    db.add(category)
    db.commit()
    return schemas.Category(id=category.id, name=category.name)


@router.get("/categories/{category_id}/average")
def average_price(category_id: First, db: Db) -> dict[str, float]:
    prices = db.scalars(select(models.Product.price).filter_by(category_id=category_id + 1)).all()
    if "empty_category" in db.fixed and not prices:
        return {"average": 0.0}
    return {"average": sum(prices) / len(prices)}


@router.post("/products", status_code=201)
def create_product(body: schemas.ProductCreate, db: Db) -> schemas.Product:
    known = body.category_id is None or db.get(models.Category, body.category_id)
    category_id = body.category_id if known else 1
    if "no_category" in db.fixed:
        category_id = category_id or 1
    product = models.Product(name=body.name, price=body.price, category_id=category_id)
    db.add(product)
    db.commit()
    return schemas.Product(
        id=product.id, name=product.name, price=product.price, category_id=product.category_id
    )


@router.get("/products/{product_id}")
def read_product(product_id: NoRow, db: Db) -> dict[str, Any]:
    product: Any = db.get(models.Product, product_id)
    if "no_product" in db.fixed:
        product = found(product)
    return {"name": product.name, "price": product.price}


@router.get("/customers/{customer_id}", response_model=schemas.Customer)
def read_customer(customer_id: First, db: Db) -> dict[str, Any]:
    customer = found(db.get(models.Customer, customer_id))
    phone = customer.phone or "" if "no_phone" in db.fixed else customer.phone
    return {"id": customer.id, "email": customer.email, "phone": phone}


@router.patch("/customers/{customer_id}", status_code=204)
def change_customer(customer_id: First, body: schemas.CustomerUpdate, db: Db) -> None:
    customer = found(db.get(models.Customer, customer_id))
    changes = body.model_dump(exclude_unset=True)
    if "no_email" in db.fixed:
        changes = {"email": customer.email, **changes}
    customer.email = changes["email"] or customer.email
    db.commit()


@router.get("/orders")
def list_orders(db: Db) -> list[int]:
    column = "quantity" if "order_column" in db.fixed else "amount"
    return [row[0] for row in db.execute(text(f"SELECT orders.{column} FROM orders"))]


@router.post("/orders", status_code=201)
def create_order(body: schemas.OrderCreate, db: Db) -> schemas.Order:
    if "no_customer" in db.fixed:
        found(db.get(models.Customer, body.customer_id))
    order = models.Order(**body.model_dump(), placed_at=datetime.now(UTC))
    db.add(order)
    db.commit()
    return schemas.Order(id=order.id, customer_id=order.customer_id, quantity=order.quantity)


@router.get("/orders/{order_id}/receipt")
def read_receipt(order_id: First, db: Db) -> JSONResponse:
    order = found(db.get(models.Order, order_id))
    placed = order.placed_at.isoformat() if "order_date" in db.fixed else order.placed_at
    return JSONResponse({"id": order.id, "placed_at": placed})


@router.get("/orders/{order_id}/total")
def read_total(order_id: First, db: Db) -> dict[str, int]:
    order = found(db.get(models.Order, order_id))
    if "total_arguments" in db.fixed:
        return {"total": total(order.quantity, price=2)}
    return {"total": total(order.quantity, amount=2)}  # type: ignore[call-arg]


def create_app(fixed: Collection[str] = ()) -> FastAPI:
    """The application over a fresh database, without the defects named in `fixed`."""
    app = FastAPI(title="shop", version="1")
    app.state.engine, app.state.fixed = models.open_database(), frozenset(fixed)
    missing = {404: {"description": "no such row"}, 409: {"description": "in conflict with another row"}}
    app.include_router(router, responses=missing)
    return app


app = create_app(os.environ.get("SHOP_FIXED", "").split(","))
