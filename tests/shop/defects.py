"""What is wrong with the shop, by the name that fixes it, and what a failing run has to tell of it."""

from __future__ import annotations

from typing import NamedTuple


class Defect(NamedTuple):
    """Where a defect shows, and what it is; `*` = nothing in it names a field."""

    endpoint: str
    entity: str
    field: str
    exception: str
    constraint: str


DEFECTS = {
    "taken_name": Defect(
        "POST /categories", "Category", "name", "IntegrityError", "unique_constraint_missing"
    ),
    "empty_category": Defect(
        *("GET /categories/{category_id}/average", "Category", "*", "ZeroDivisionError", "unclassified")
    ),
    "no_category": Defect("POST /products", "Product", "category_id", "IntegrityError", "nullable_missing"),
    "no_product": Defect("GET /products/{product_id}", "Product", "*", "AttributeError", "null_reference"),
    "no_phone": Defect(
        *("GET /customers/{customer_id}", "Customer", "phone", "ResponseValidationError", "type_mismatch")
    ),
    "no_email": Defect("PATCH /customers/{customer_id}", "Customer", "email", "KeyError", "missing_key"),
    "order_column": Defect("GET /orders", "Order", "amount", "OperationalError", "missing_column"),
    "no_customer": Defect(
        *("POST /orders", "Order", "customer_id", "IntegrityError", "fk_relationship_missing")
    ),
    "order_date": Defect("GET /orders/{order_id}/receipt", "Order", "*", "TypeError", "not_serializable"),
    "total_arguments": Defect("GET /orders/{order_id}/total", "Order", "*", "TypeError", "wrong_arguments"),
}
