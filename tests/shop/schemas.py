"""What requests and responses of the shop hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, le=2**31)]
Text = Annotated[str, Field(min_length=1, max_length=40, pattern="^[A-Za-z]+$")]
Amount = Annotated[int, Field(ge=0, le=10_000)]


class CategoryCreate(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Tools"}]})

    name: Text


class Category(CategoryCreate):
    id: Id


class ProductCreate(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Hammer"}]})

    name: Text
    price: Amount = 0
    category_id: Id | None = None


class Product(BaseModel):
    id: Id
    name: Text
    price: Amount
    category_id: Id


class CustomerUpdate(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "1"}]})

    email: Text | None = None
    phone: Text | None = None


class Customer(BaseModel):
    id: Id
    email: str
    phone: str


class OrderCreate(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": 99, "quantity": 1}]})

    customer_id: Id
    quantity: Amount


class Order(OrderCreate):
    id: Id
