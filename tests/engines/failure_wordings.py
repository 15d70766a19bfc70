"""What drivers, frameworks and interpreters say, and what is to be read from it.

(exception, message, constraint, entity, field, template): for an application with the model of
test_classify.py.
"""

Row = tuple[str, str, str, str, str, str]

SQLITE: tuple[Row, ...] = (
    (
        "sqlite3.IntegrityError",
        "NOT NULL constraint failed: products.category_id",
        "nullable_missing",
        "Product",
        "category_id",
        "NOT NULL constraint failed: products.category_id",
    ),
    (
        "sqlalchemy.exc.IntegrityError",
        (
            "(sqlite3.IntegrityError) NOT NULL constraint failed: products.category_id\n[SQL: INSERT INTO "
            "products (category_id) VALUES (?)]\n[parameters: (None,)]\n(Background on this error at: "
            "https://sqlalche.me/e/21/gkpj)"
        ),
        "nullable_missing",
        "Product",
        "category_id",
        "NOT NULL constraint failed: products.category_id",
    ),
    (
        "IntegrityError",
        "UNIQUE constraint failed: users.email",
        "unique_constraint_missing",
        "User",
        "email",
        "UNIQUE constraint failed: users.email",
    ),
    (
        "IntegrityError",
        "UNIQUE constraint failed: order_items.order_id, order_items.sku",
        "unique_constraint_missing",
        "OrderItem",
        "order_id",
        "UNIQUE constraint failed: order_items.order_id, order_items.sku",
    ),
    (
        "IntegrityError",
        "FOREIGN KEY constraint failed",
        "fk_relationship_missing",
        "*",
        "*",
        "FOREIGN KEY constraint failed",
    ),
    (
        "IntegrityError",
        "CHECK constraint failed: price > 0",
        "unclassified",
        "*",
        "*",
        "CHECK constraint failed: price > <int>",
    ),
    (
        "OperationalError",
        "no such table: categories",
        "missing_table",
        "Category",
        "*",
        "no such table: categories",
    ),
    (
        "OperationalError",
        "no such column: products.pricex",
        "missing_column",
        "Product",
        "pricex",
        "no such column: products.pricex",
    ),
    (
        "OperationalError",
        "table products has no column named colour",
        "missing_column",
        "Product",
        "colour",
        "table products has no column named colour",
    ),
    (
        "sqlite3.OperationalError",
        "no such table: main.categories",
        "missing_table",
        "Category",
        "*",
        "no such table: main.categories",
    ),
    (
        "sqlite3.IntegrityError",
        "UNIQUE constraint failed: index 'ix_lower'",
        "unique_constraint_missing",
        "*",
        "*",
        "UNIQUE constraint failed: index <str>",
    ),
    (
        "sqlite3.IntegrityError",
        "column email is not unique",
        "unique_constraint_missing",
        "User",
        "email",
        "column email is not unique",
    ),
    (
        "django.db.utils.IntegrityError",
        "NOT NULL constraint failed: shop_product.category_id",
        "nullable_missing",
        "Product",
        "category_id",
        "NOT NULL constraint failed: shop_product.category_id",
    ),
    (
        "sqlalchemy.exc.IntegrityError",
        (
            "(raised as a result of Query-invoked autoflush; consider using a session.no_autoflush block "
            "if this flush is occurring prematurely)\n(sqlite3.IntegrityError) UNIQUE constraint failed: "
            "users.email\n[SQL: INSERT]"
        ),
        "unique_constraint_missing",
        "User",
        "email",
        "UNIQUE constraint failed: users.email",
    ),
)
POSTGRESQL: tuple[Row, ...] = (
    (
        "psycopg2.errors.NotNullViolation",
        (
            'null value in column "category_id" of relation "products" violates not-null constraint\n'
            "DETAIL:  Failing row contains (1, null).\n"
        ),
        "nullable_missing",
        "Product",
        "category_id",
        ('null value in column "category_id" of relation "products" violates not-null constraint'),
    ),
    (
        "psycopg2.errors.NotNullViolation",
        (
            'null value in column "category_id" violates not-null constraint\nDETAIL:  Failing row '
            "contains (1, null).\n"
        ),
        "nullable_missing",
        "Product",
        "category_id",
        'null value in column "category_id" violates not-null constraint',
    ),
    (
        "psycopg2.errors.NotNullViolation",
        (
            "NULL-Wert in Spalte »category_id« der Relation »products« verletzt Not-Null-Constraint\n"
            "DETAIL:  Fehlgeschlagene Zeile enthält (1, null)."
        ),
        "nullable_missing",
        "*",
        "*",
        ("NULL-Wert in Spalte »category_id« der Relation »products« verletzt Not-Null-Constraint"),
    ),
    (
        "psycopg.errors.UniqueViolation",
        (
            'duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key '
            "(email)=(x@y.org) already exists."
        ),
        "unique_constraint_missing",
        "User",
        "email",
        'duplicate key value violates unique constraint "users_email_key"',
    ),
    (
        "psycopg.errors.UniqueViolation",
        (
            "doppelter Schlüsselwert verletzt Unique-Constraint »users_email_key«\nDETAIL:  Schlüssel "
            "»(email)=(x@y.org)« existiert bereits."
        ),
        "unique_constraint_missing",
        "User",
        "email",
        "doppelter Schlüsselwert verletzt Unique-Constraint »users_email_key«",
    ),
    (
        "psycopg.errors.ForeignKeyViolation",
        (
            'insert or update on table "products" violates foreign key constraint '
            '"products_category_id_fkey"\nDETAIL:  Key (category_id)=(99) is not present in table '
            '"categories".'
        ),
        "fk_relationship_missing",
        "Product",
        "category_id",
        ('insert or update on table "products" violates foreign key constraint "products_category_id_fkey"'),
    ),
    (
        "psycopg.errors.ForeignKeyViolation",
        (
            'update or delete on table "categories" violates foreign key constraint '
            '"products_category_id_fkey" on table "products"\nDETAIL:  Key (id)=(1) is still referenced '
            'from table "products".'
        ),
        "fk_relationship_missing",
        "Category",
        "*",
        (
            'update or delete on table "categories" violates foreign key constraint '
            '"products_category_id_fkey" on table "products"'
        ),
    ),
    (
        "asyncpg.exceptions.UniqueViolationError",
        (
            'duplicate key value violates unique constraint "uq_users_email"\nDETAIL:  Key (email)=(a@b.c) '
            "already exists."
        ),
        "unique_constraint_missing",
        "User",
        "email",
        'duplicate key value violates unique constraint "uq_users_email"',
    ),
    (
        "sqlalchemy.exc.IntegrityError",
        (
            "(sqlalchemy.dialects.postgresql.asyncpg.IntegrityError) <class "
            "'asyncpg.exceptions.NotNullViolationError'>: null value in column \"price\" of relation "
            '"products" violates not-null constraint\nDETAIL:  Failing row contains (1, null).\n[SQL: x]'
        ),
        "nullable_missing",
        "Product",
        "price",
        'null value in column "price" of relation "products" violates not-null constraint',
    ),
    (
        "UndefinedTable",
        ('relation "categories" does not exist\nLINE 1: SELECT * FROM categories\n                      ^'),
        "missing_table",
        "Category",
        "*",
        'relation "categories" does not exist',
    ),
    (
        "UndefinedColumn",
        (
            "column products.pricex does not exist\nLINE 1: SELECT products.pricex\n               ^\n"
            'HINT:  Perhaps you meant to reference the column "products.price".'
        ),
        "missing_column",
        "Product",
        "pricex",
        "column products.pricex does not exist",
    ),
    (
        "UndefinedColumn",
        'column "colour" of relation "products" does not exist\nLINE 1: x',
        "missing_column",
        "Product",
        "colour",
        'column "colour" of relation "products" does not exist',
    ),
    (
        "psycopg2.OperationalError",
        (
            'connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused\n\tIs '
            "the server running on that host and accepting TCP/IP connections?"
        ),
        "connection_refused",
        "*",
        "*",
        "connection to server at <str> (<ip>), port <int> failed: Connection refused",
    ),
    (
        "django.db.utils.IntegrityError",
        (
            'null value in column "category_id" of relation "products" violates not-null constraint\n'
            "DETAIL:  Failing row contains (7, null).\n"
        ),
        "nullable_missing",
        "Product",
        "category_id",
        ('null value in column "category_id" of relation "products" violates not-null constraint'),
    ),
    (
        "django.db.utils.ProgrammingError",
        'relation "products" does not exist\nLINE 1: SELECT COUNT(*)',
        "missing_table",
        "Product",
        "*",
        'relation "products" does not exist',
    ),
    (
        "sqlalchemy.exc.IntegrityError",
        (
            '(psycopg2.errors.NotNullViolation) null value in column "price" of relation "products" '
            "violates not-null constraint\nDETAIL:  Failing row contains (1, null).\n\n[SQL: INSERT INTO "
            "products]\n[parameters: {'price': None}]\n(Background on this error at: "
            "https://sqlalche.me/e/20/gkpj)"
        ),
        "nullable_missing",
        "Product",
        "price",
        'null value in column "price" of relation "products" violates not-null constraint',
    ),
    (
        "sqlalchemy.exc.ProgrammingError",
        ('(psycopg.errors.UndefinedTable) relation "categories" does not exist\nLINE 1: x\n[SQL: x]'),
        "missing_table",
        "Category",
        "*",
        'relation "categories" does not exist',
    ),
    (
        "psycopg2.errors.UniqueViolation",
        (
            'duplicate key value violates unique constraint "order_items_order_id_sku_key"\nDETAIL:  Key '
            "(order_id, sku)=(1, a-7) already exists."
        ),
        "unique_constraint_missing",
        "OrderItem",
        "order_id",
        'duplicate key value violates unique constraint "order_items_order_id_sku_key"',
    ),
    (
        "psycopg2.errors.UniqueViolation",
        (
            "la valeur d'une clé dupliquée rompt la contrainte unique « users_email_key »\nDETAIL:  La clé "
            "« (email)=(x@y.org) » existe déjà."
        ),
        "unique_constraint_missing",
        "User",
        "email",
        "la valeur d'une clé dupliquée rompt la contrainte unique « users_email_key »",
    ),
    (
        "psycopg2.errors.ForeignKeyViolation",
        ('insert or update on table "products" violates foreign key constraint "fk_product_category"'),
        "fk_relationship_missing",
        "Product",
        "category_id",
        ('insert or update on table "products" violates foreign key constraint "fk_product_category"'),
    ),
    (
        "psycopg2.errors.CheckViolation",
        (
            'new row for relation "products" violates check constraint "price_positive"\nDETAIL:  Failing '
            "row contains (1, -5)."
        ),
        "unclassified",
        "Product",
        "*",
        'new row for relation "products" violates check constraint "price_positive"',
    ),
    (
        "asyncpg.exceptions.UndefinedTableError",
        'relation "categories" does not exist',
        "missing_table",
        "Category",
        "*",
        'relation "categories" does not exist',
    ),
    (
        "asyncpg.exceptions.ForeignKeyViolationError",
        (
            'insert or update on table "products" violates foreign key constraint '
            '"products_category_id_fkey"\nDETAIL:  Key (category_id)=(9) is not present in table '
            '"categories".'
        ),
        "fk_relationship_missing",
        "Product",
        "category_id",
        ('insert or update on table "products" violates foreign key constraint "products_category_id_fkey"'),
    ),
    (
        "ModuleNotFoundError",
        "No module named 'psycopg2._psycopg'",
        "missing_import",
        "*",
        "*",
        "No module named 'psycopg2._psycopg'",
    ),
)
MYSQL: tuple[Row, ...] = (
    (
        "pymysql.err.IntegrityError",
        "(1062, \"Duplicate entry 'x@y.org' for key 'users.email'\")",
        "unique_constraint_missing",
        "User",
        "email",
        "Duplicate entry <str> for key 'users.email'",
    ),
    (
        "pymysql.err.IntegrityError",
        "(1048, \"Column 'category_id' cannot be null\")",
        "nullable_missing",
        "Product",
        "category_id",
        "Column 'category_id' cannot be null",
    ),
    (
        "MySQLdb.IntegrityError",
        (
            "(1452, 'Cannot add or update a child row: a foreign key constraint fails (`shop`.`products`, "
            "CONSTRAINT `products_ibfk_1` FOREIGN KEY (`category_id`) REFERENCES `categories` (`id`))')"
        ),
        "fk_relationship_missing",
        "Product",
        "category_id",
        (
            "Cannot add or update a child row: a foreign key constraint fails (<str>.`products`, "
            "CONSTRAINT `products_ibfk_1` FOREIGN KEY (`category_id`) REFERENCES `categories` (<str>))"
        ),
    ),
    (
        "pymysql.err.OperationalError",
        "(1364, \"Field 'price' doesn't have a default value\")",
        "nullable_missing",
        "Product",
        "price",
        "Field 'price' doesn't have a default value",
    ),
    (
        "pymysql.err.ProgrammingError",
        "(1146, \"Table 'shop.products' doesn't exist\")",
        "missing_table",
        "Product",
        "*",
        "Table 'shop.products' doesn't exist",
    ),
    (
        "pymysql.err.OperationalError",
        "(1054, \"Unknown column 'products.pricex' in 'field list'\")",
        "missing_column",
        "Product",
        "pricex",
        "Unknown column 'products.pricex' in 'field list'",
    ),
    (
        "mysql.connector.errors.IntegrityError",
        "1062 (23000): Duplicate entry 'x@y.org' for key 'users.email'",
        "unique_constraint_missing",
        "User",
        "email",
        "Duplicate entry <str> for key 'users.email'",
    ),
    (
        "pymysql.err.OperationalError",
        ("(2003, \"Can't connect to MySQL server on 'localhost' ([Errno 111] Connection refused)\")"),
        "connection_refused",
        "*",
        "*",
        "Can't connect to MySQL server on <str> ([Errno 111] Connection refused)",
    ),
    (
        "sqlalchemy.exc.IntegrityError",
        (
            "(pymysql.err.IntegrityError) (1062, \"Duplicate entry 'x@y.org' for key 'users.email'\")\n"
            "[SQL: INSERT]"
        ),
        "unique_constraint_missing",
        "User",
        "email",
        "Duplicate entry <str> for key 'users.email'",
    ),
    (
        "pymysql.err.IntegrityError",
        "(1062, \"Duplicate entry 'x@y.org' for key 'email'\")",
        "unique_constraint_missing",
        "User",
        "email",
        "Duplicate entry <str> for key 'email'",
    ),
    (
        "pymysql.err.IntegrityError",
        "(1062, \"Duplicate entry '1' for key 'products.PRIMARY'\")",
        "unique_constraint_missing",
        "Product",
        "*",
        "Duplicate entry <str> for key 'products.PRIMARY'",
    ),
    (
        "MySQLdb.IntegrityError",
        "(1062, \"Duplicate entry 'x@y.org' for key 'users.users_email_243f6e77_uniq'\")",
        "unique_constraint_missing",
        "User",
        "email",
        "Duplicate entry <str> for key 'users.users_email_243f6e77_uniq'",
    ),
    (
        "MySQLdb.IntegrityError",
        (
            "(1451, 'Cannot delete or update a parent row: a foreign key constraint fails "
            "(`shop`.`products`, CONSTRAINT `products_ibfk_1` FOREIGN KEY (`category_id`) REFERENCES "
            "`categories` (`id`))')"
        ),
        "fk_relationship_missing",
        "Product",
        "category_id",
        (
            "Cannot delete or update a parent row: a foreign key constraint fails (<str>.`products`, "
            "CONSTRAINT `products_ibfk_1` FOREIGN KEY (`category_id`) REFERENCES `categories` (<str>))"
        ),
    ),
    (
        "mysql.connector.errors.IntegrityError",
        "1048 (23000): Column 'category_id' cannot be null",
        "nullable_missing",
        "Product",
        "category_id",
        "Column 'category_id' cannot be null",
    ),
    (
        "mysql.connector.errors.ProgrammingError",
        "1146 (42S02): Table 'shop.categories' doesn't exist",
        "missing_table",
        "Category",
        "*",
        "Table 'shop.categories' doesn't exist",
    ),
    (
        "mysql.connector.errors.ProgrammingError",
        "1054 (42S22): Unknown column 'pricex' in 'field list'",
        "missing_column",
        "*",
        "pricex",
        "Unknown column 'pricex' in 'field list'",
    ),
    (
        "mysql.connector.errors.DatabaseError",
        "1364 (HY000): Field 'price' doesn't have a default value",
        "nullable_missing",
        "Product",
        "price",
        "Field 'price' doesn't have a default value",
    ),
)
OTHER_DATABASES: tuple[Row, ...] = (
    (
        "pyodbc.IntegrityError",
        (
            "('23000', \"[23000] [Microsoft][ODBC Driver 17 for SQL Server][SQL Server]Cannot insert the "
            "value NULL into column 'category_id', table 'shop.dbo.products'; column does not allow nulls. "
            'INSERT fails. (515) (SQLExecDirectW)")'
        ),
        "nullable_missing",
        "Product",
        "category_id",
        (
            "Cannot insert the value NULL into column 'category_id', table 'shop.dbo.products'; column "
            "does not allow nulls. INSERT fails. (<int>) (SQLExecDirectW)"
        ),
    ),
    (
        "pyodbc.IntegrityError",
        (
            "('23000', \"[23000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Violation of "
            "UNIQUE KEY constraint 'UQ_users_email'. Cannot insert duplicate key in object 'dbo.users'. "
            'The duplicate key value is (x@y.org). (2627) (SQLExecDirectW)")'
        ),
        "unique_constraint_missing",
        "User",
        "*",
        (
            "Violation of UNIQUE KEY constraint 'UQ_users_email'. Cannot insert duplicate key in object "
            "'dbo.users'. The duplicate key value is (<email>). (<int>) (SQLExecDirectW)"
        ),
    ),
    (
        "pyodbc.IntegrityError",
        (
            "('23000', '[23000] [Microsoft][ODBC Driver 17 for SQL Server][SQL Server]The INSERT statement "
            'conflicted with the FOREIGN KEY constraint "FK_products_categories". The conflict occurred in '
            'database "shop", table "dbo.categories", column \\\'id\\\'. (547) (SQLExecDirectW)\')'
        ),
        "fk_relationship_missing",
        "*",
        "*",
        (
            'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_products_categories". The '
            "conflict occurred in database <str>, table <str>, column <str>. (<int>) (SQLExecDirectW)"
        ),
    ),
    (
        "pyodbc.ProgrammingError",
        (
            "('42S02', \"[42S02] [Microsoft][ODBC Driver 17 for SQL Server][SQL Server]Invalid object "
            "name 'categories'. (208) (SQLExecDirectW)\")"
        ),
        "missing_table",
        "Category",
        "*",
        "Invalid object name 'categories'. (<int>) (SQLExecDirectW)",
    ),
    (
        "oracledb.exceptions.IntegrityError",
        'ORA-01400: cannot insert NULL into ("SHOP"."PRODUCTS"."CATEGORY_ID")',
        "nullable_missing",
        "Product",
        "CATEGORY_ID",
        'ORA-<int>: cannot insert NULL into (<str>."PRODUCTS"."CATEGORY_ID")',
    ),
)
PYDANTIC: tuple[Row, ...] = (
    (
        "pydantic_core._pydantic_core.ValidationError",
        (
            "2 validation errors for ProductCreate\nname\n  Field required [type=missing, input_value={}, "
            "input_type=dict]\n    For further information visit "
            "https://errors.pydantic.dev/2.14/v/missing\nprice\n  Input should be a valid number [type=x, "
            "input_value={}, input_type=dict]"
        ),
        "required_field_missing",
        "Product",
        "name",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic.error_wrappers.ValidationError",
        (
            "2 validation errors for ProductCreate\nprice\n  value is not a valid float "
            "(type=type_error.float)\nname\n  field required (type=value_error.missing)"
        ),
        "type_mismatch",
        "Product",
        "price",
        "<int> validation errors for ProductCreate",
    ),
    (
        "ValidationError",
        ("1 validation error for Order\nitems -> 0 -> price\n  field required (type=value_error.missing)"),
        "required_field_missing",
        "Order",
        "items.price",
        "<int> validation errors for Order",
    ),
    (
        "ValidationError",
        (
            "1 validation error for list[Order]\n0.items.0.price\n  Input should be a valid number "
            "[type=float_parsing, input_value='field required', input_type=str]"
        ),
        "type_mismatch",
        "Order",
        "items.price",
        "<int> validation errors for list[Order]",
    ),
    (
        "ValidationError",
        (
            "1 validation error for int\n  Input should be a valid integer [type=int_parsing, "
            "input_value='x', input_type=str]"
        ),
        "type_mismatch",
        "*",
        "*",
        "<int> validation errors for int",
    ),
    (
        "ValidationError",
        (
            "1 validation error for A\nz\n  Extra inputs are not permitted [type=extra_forbidden, "
            "input_value=1, input_type=int]"
        ),
        "extra_field_in_schema",
        "A",
        "z",
        "<int> validation errors for A",
    ),
    (
        "ValidationError",
        (
            "1 validation error for A\nz.str\n  Input should be a valid string [type=string_type, "
            "input_value=1, input_type=int]\nz.int\n  Input"
        ),
        "type_mismatch",
        "A",
        "z",
        "<int> validation errors for A",
    ),
    (
        "fastapi.exceptions.ResponseValidationError",
        (
            "1 validation error:\n  {'type': 'missing', 'loc': ('response', 'price'), 'msg': 'Field "
            "required', 'input': {'name': 'x'}}\n\n  Endpoint: POST /a"
        ),
        "required_field_missing",
        "Product",
        "price",
        "<int> validation errors:",
    ),
    (
        "fastapi.exceptions.RequestValidationError",
        ("[{'type': 'missing', 'loc': ('body', 'price'), 'msg': 'Field required', 'input': {'name': 'x'}}]"),
        "required_field_missing",
        "Product",
        "price",
        "[{<str>: 'missing', <str>: ('body', 'price'), <str>: <str>",
    ),
    (
        "RequestValidationError",
        ("1 validation error for Request\nbody -> price\n  field required (type=value_error.missing)"),
        "required_field_missing",
        "Product",
        "price",
        "<int> validation errors for Request",
    ),
    (
        "pydantic_core._pydantic_core.ValidationError",
        (
            "1 validation error for ProductCreate\nprice\n  Input should be a valid number, unable to "
            "parse string as a number [type=float_parsing, input_value='x', input_type=str]\n    For "
            "further information visit https://errors.pydantic.dev/2.14/v/x"
        ),
        "type_mismatch",
        "Product",
        "price",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic_core._pydantic_core.ValidationError",
        (
            "1 validation error for ProductCreate\nprice\n  Input should be greater than 0 "
            "[type=greater_than, input_value=0, input_type=int]\n    For further information visit "
            "https://errors.pydantic.dev/2.14/v/x"
        ),
        "type_mismatch",
        "Product",
        "price",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic_core._pydantic_core.ValidationError",
        (
            "1 validation error for Order\nitems.0.price\n  Field required [type=missing, "
            "input_value={'name': 'Input should be'}, input_type=dict]\n    For further information visit "
            "https://errors.pydantic.dev/2.14/v/x"
        ),
        "required_field_missing",
        "Order",
        "items.price",
        "<int> validation errors for Order",
    ),
    (
        "pydantic_core._pydantic_core.ValidationError",
        (
            "1 validation error for ProductCreate\nname\n  String should have at least 1 character "
            "[type=string_too_short, input_value='', input_type=str]\n    For further information visit "
            "https://errors.pydantic.dev/2.14/v/x"
        ),
        "unclassified",
        "Product",
        "name",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic_core._pydantic_core.ValidationError",
        (
            "1 validation error for ProductCreate\n  Value error, price or name [type=value_error, "
            "input_value={}, input_type=dict]\n    For further information visit "
            "https://errors.pydantic.dev/2.14/v/x"
        ),
        "unclassified",
        "Product",
        "*",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic.error_wrappers.ValidationError",
        (
            "1 validation error for ProductCreate\nname\n  none is not an allowed value "
            "(type=type_error.none.not_allowed)"
        ),
        "type_mismatch",
        "Product",
        "name",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic.error_wrappers.ValidationError",
        (
            "1 validation error for ProductCreate\ncolour\n  extra fields not permitted "
            "(type=value_error.extra)"
        ),
        "extra_field_in_schema",
        "Product",
        "colour",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic.error_wrappers.ValidationError",
        "1 validation error for ProductCreate\nname\n  str type expected (type=type_error.str)",
        "type_mismatch",
        "Product",
        "name",
        "<int> validation errors for ProductCreate",
    ),
    (
        "pydantic.v1.error_wrappers.ValidationError",
        (
            "1 validation error for Product\nresponse -> category_id\n  value is not a valid integer "
            "(type=type_error.integer)"
        ),
        "type_mismatch",
        "Product",
        "category_id",
        "<int> validation errors for Product",
    ),
    (
        "pydantic.error_wrappers.ValidationError",
        "1 validation error for ProductCreate\n__root__\n  price or name (type=value_error)",
        "unclassified",
        "Product",
        "*",
        "<int> validation errors for ProductCreate",
    ),
    (
        "fastapi.exceptions.RequestValidationError",
        ("[{'loc': ('body', 'price'), 'msg': 'value is not a valid float', 'type': 'type_error.float'}]"),
        "type_mismatch",
        "Product",
        "price",
        "[{<str>: ('body', 'price'), <str>: <str>, <str>: 'type_error.float'",
    ),
    (
        "fastapi.exceptions.RequestValidationError",
        (
            "2 validation errors:\n  {'type': 'missing', 'loc': ('query', 'q'), 'msg': 'Field required', "
            "'input': None}\n  {'type': 'float_parsing', 'loc': ('body', 'price'), 'msg': 'Input should be "
            "a valid number', 'input': 'x'}\n"
        ),
        "required_field_missing",
        "*",
        "q",
        "<int> validation errors:",
    ),
)
DJANGO_AND_OTHERS: tuple[Row, ...] = (
    (
        "rest_framework.exceptions.ValidationError",
        (
            "{'name': [ErrorDetail(string='This field is required.', code='required')], 'price': "
            "[ErrorDetail(string='A valid number is required.', code='invalid')]}"
        ),
        "required_field_missing",
        "*",
        "name",
        "{'name': [ErrorDetail(string=<str>, code='required')",
    ),
    (
        "django.core.exceptions.ValidationError",
        "{'name': ['This field cannot be blank.']}",
        "required_field_missing",
        "*",
        "name",
        "{'name': [<str>",
    ),
    (
        "marshmallow.exceptions.ValidationError",
        "{'price': ['Missing data for required field.']}",
        "required_field_missing",
        "Product",
        "price",
        "{'price': [<str>",
    ),
    (
        "jsonschema.exceptions.ValidationError",
        "'price' is a required property\n\nFailed validating 'required' in schema:",
        "required_field_missing",
        "Product",
        "price",
        "'price' is a required property",
    ),
    (
        "rest_framework.exceptions.ValidationError",
        (
            "{'category': [ErrorDetail(string='Incorrect type. Expected pk value, received str.', "
            "code='incorrect_type')]}"
        ),
        "unclassified",
        "*",
        "category",
        "{'category': [ErrorDetail(string=<str>, code='incorrect_type')",
    ),
    (
        "rest_framework.exceptions.ValidationError",
        "{'price': [ErrorDetail(string='A valid number is required.', code='invalid')]}",
        "type_mismatch",
        "Product",
        "price",
        "{'price': [ErrorDetail(string=<str>, code='invalid')",
    ),
    (
        "rest_framework.exceptions.ValidationError",
        "[ErrorDetail(string='No such product.', code='invalid')]",
        "unclassified",
        "*",
        "*",
        "[ErrorDetail(string=<str>, code='invalid')]",
    ),
    (
        "django.core.exceptions.ValidationError",
        "['“abc” value must be an integer.']",
        "type_mismatch",
        "*",
        "*",
        "[<str>]",
    ),
    (
        "jsonschema.exceptions.ValidationError",
        "Additional properties are not allowed ('colour' was unexpected)",
        "extra_field_in_schema",
        "*",
        "colour",
        "Additional properties are not allowed ('colour' was unexpected)",
    ),
    (
        "jsonschema.exceptions.ValidationError",
        "'abc' is not of type 'number'",
        "type_mismatch",
        "*",
        "*",
        "<str> is not of type 'number'",
    ),
    (
        "marshmallow.exceptions.ValidationError",
        "{'colour': ['Unknown field.']}",
        "extra_field_in_schema",
        "*",
        "colour",
        "{'colour': [<str>",
    ),
    (
        "shop.models.Product.DoesNotExist",
        "Product matching query does not exist.",
        "unclassified",
        "Product",
        "*",
        "Product matching query does not exist.",
    ),
)
PYTHON: tuple[Row, ...] = (
    (
        "AttributeError",
        "'NoneType' object has no attribute 'price'",
        "null_reference",
        "*",
        "*",
        "'NoneType' object has no attribute 'price'",
    ),
    (
        "AttributeError",
        "'Product' object has no attribute 'pricee'. Did you mean: 'price'?",
        "missing_attribute",
        "Product",
        "*",
        "'Product' object has no attribute 'pricee'",
    ),
    (
        "AttributeError",
        "type object 'Color' has no attribute 'RED'",
        "missing_attribute",
        "Color",
        "*",
        "type object 'Color' has no attribute 'RED'",
    ),
    (
        "AttributeError",
        "module 'shop.models' has no attribute 'Product'",
        "missing_attribute",
        "*",
        "*",
        "module 'shop.models' has no attribute 'Product'",
    ),
    (
        "AttributeError",
        (
            "partially initialized module 'shop.models' has no attribute 'Product' (most likely due to a "
            "circular import)"
        ),
        "circular_import",
        "*",
        "*",
        "partially initialized module 'shop.models' has no attribute 'Product'",
    ),
    (
        "AttributeError",
        (
            "module 'random' has no attribute 'randint' (consider renaming '/opt/u/random.py' since it "
            "has the same name as the standard library module named 'random' and the import system gives "
            "it precedence)"
        ),
        "missing_attribute",
        "*",
        "*",
        "module 'random' has no attribute 'randint'",
    ),
    (
        "AttributeError",
        "'dict' object has no attribute 'foo' and no __dict__ for setting new attributes",
        "missing_attribute",
        "*",
        "*",
        "'dict' object has no attribute 'foo' and no __dict__ for setting new attributes",
    ),
    (
        "ImportError",
        "cannot import name 'x' from 'shop.models' (/srv/shop/models.py)",
        "wrong_import_path",
        "*",
        "*",
        "cannot import name 'x' from 'shop.models'",
    ),
    (
        "ImportError",
        "cannot import name 'x' from 'shop.models' (unknown location)",
        "wrong_import_path",
        "*",
        "*",
        "cannot import name 'x' from 'shop.models'",
    ),
    (
        "ImportError",
        (
            "cannot import name 'x' from partially initialized module 'shop.models' (most likely due to a "
            "circular import) (/srv/shop/models.py)"
        ),
        "circular_import",
        "*",
        "*",
        "cannot import name 'x' from partially initialized module 'shop.models'",
    ),
    (
        "ImportError",
        "cannot import name 'Prodct' from 'shop.models' (/srv/a.py). Did you mean: 'Product'?",
        "wrong_import_path",
        "*",
        "*",
        "cannot import name 'Prodct' from 'shop.models'",
    ),
    (
        "ModuleNotFoundError",
        "No module named 'shop.models'",
        "missing_import",
        "*",
        "*",
        "No module named 'shop.models'",
    ),
    (
        "ModuleNotFoundError",
        "No module named 'shop.models'; 'shop' is not a package",
        "missing_import",
        "*",
        "*",
        "No module named 'shop.models'; 'shop' is not a package",
    ),
    ("ImportError", "No module named shop", "missing_import", "*", "*", "No module named shop"),
    ("NameError", "name 'foo' is not defined", "undefined_name", "*", "*", "name 'foo' is not defined"),
    (
        "NameError",
        "name 'foo' is not defined. Did you mean: 'fop'?",
        "undefined_name",
        "*",
        "*",
        "name 'foo' is not defined",
    ),
    (
        "NameError",
        "name 'sys' is not defined. Did you forget to import 'sys'?",
        "undefined_name",
        "*",
        "*",
        "name 'sys' is not defined",
    ),
    (
        "UnboundLocalError",
        "local variable 'x' referenced before assignment",
        "undefined_name",
        "*",
        "*",
        "local variable 'x' referenced before assignment",
    ),
    (
        "UnboundLocalError",
        "cannot access local variable 'x' where it is not associated with a value",
        "undefined_name",
        "*",
        "*",
        "cannot access local variable 'x' where it is not associated with a value",
    ),
    (
        "TypeError",
        "__init__() missing 1 required positional argument: 'price'",
        "wrong_arguments",
        "*",
        "*",
        "__init__() missing <int> required positional argument: 'price'",
    ),
    (
        "TypeError",
        "Product.__init__() missing 2 required positional arguments: 'price' and 'name'",
        "wrong_arguments",
        "Product",
        "*",
        "Product.__init__() missing <int> required positional arguments: 'price' and 'name'",
    ),
    (
        "TypeError",
        "create() got an unexpected keyword argument 'prise'. Did you mean 'price'?",
        "wrong_arguments",
        "*",
        "*",
        "create() got an unexpected keyword argument 'prise'",
    ),
    (
        "TypeError",
        "'zzz' is an invalid keyword argument for Product",
        "wrong_arguments",
        "Product",
        "*",
        "'zzz' is an invalid keyword argument for Product",
    ),
    (
        "TypeError",
        "Product() got unexpected keyword arguments: 'zzz'",
        "wrong_arguments",
        "Product",
        "*",
        "Product() got unexpected keyword arguments: 'zzz'",
    ),
    (
        "TypeError",
        "f() takes 1 positional argument but 2 were given",
        "wrong_arguments",
        "*",
        "*",
        "f() takes <int> positional argument but <int> were given",
    ),
    (
        "TypeError",
        "Object of type Decimal is not JSON serializable",
        "not_serializable",
        "*",
        "*",
        "Object of type Decimal is not JSON serializable",
    ),
    (
        "TypeError",
        "'NoneType' object is not subscriptable",
        "wrong_kind",
        "*",
        "*",
        "'NoneType' object is not subscriptable",
    ),
    ("TypeError", "'int' object is not iterable", "wrong_kind", "*", "*", "'int' object is not iterable"),
    (
        "TypeError",
        "cannot unpack non-iterable NoneType object",
        "wrong_kind",
        "*",
        "*",
        "cannot unpack non-iterable NoneType object",
    ),
    (
        "TypeError",
        "unsupported operand type(s) for +: 'int' and 'str'",
        "unclassified",
        "*",
        "*",
        "unsupported operand type(s) for +: 'int' and 'str'",
    ),
    ("KeyError", "'price'", "missing_key", "*", "*", "'price'"),
    ("KeyError", "5", "missing_key", "*", "*", "<int>"),
    ("KeyError", '"it\'s"', "missing_key", "*", "*", '"it\'s"'),
    ("KeyError", "'Did you mean: a'", "missing_key", "*", "*", "'Did you mean: a'"),
    ("IndexError", "list index out of range", "index_out_of_range", "*", "*", "list index out of range"),
    (
        "SyntaxError",
        "invalid syntax (models.py, line 3)",
        "invalid_syntax",
        "*",
        "*",
        "invalid syntax (models.py, line <int>)",
    ),
    (
        "IndentationError",
        "unexpected indent (x.py, line 2)",
        "invalid_syntax",
        "*",
        "*",
        "unexpected indent (x.py, line <int>)",
    ),
    ("AssertionError", "assert 422 == 201", "unclassified", "*", "*", "assert <int> == <int>"),
    (
        "ValueError",
        "could not convert string to float: 'abc'",
        "unclassified",
        "*",
        "*",
        "could not convert string to float: <str>",
    ),
    ("ZeroDivisionError", "division by zero", "unclassified", "*", "*", "division by zero"),
    ("shop.errors.DataError", "row 17 is bad", "unclassified", "*", "*", "row <int> is bad"),
    (
        "AttributeError",
        "'NoneType' object has no attribute 'price'. Did you mean: 'prize'?",
        "null_reference",
        "*",
        "*",
        "'NoneType' object has no attribute 'price'",
    ),
    (
        "AttributeError",
        "'list' object has no attribute 'items'",
        "missing_attribute",
        "*",
        "*",
        "'list' object has no attribute 'items'",
    ),
    (
        "AttributeError",
        (
            "partially initialized module 'shop' has no attribute 'models' (most likely due to a circular "
            "import)"
        ),
        "circular_import",
        "*",
        "*",
        "partially initialized module 'shop' has no attribute 'models'",
    ),
    (
        "AttributeError",
        ("cannot access submodule 'models' of module 'shop' (most likely due to a circular import)"),
        "circular_import",
        "*",
        "*",
        ("cannot access submodule 'models' of module 'shop' (most likely due to a circular import)"),
    ),
    (
        "AttributeError",
        "'Product' object has no attribute 'price' and no __dict__ for setting new attributes",
        "missing_attribute",
        "Product",
        "*",
        "'Product' object has no attribute 'price' and no __dict__ for setting new attributes",
    ),
    (
        "AttributeError",
        "'Product' object attribute 'id' is read-only",
        "unclassified",
        "Product",
        "*",
        "'Product' object attribute 'id' is read-only",
    ),
    ("ImportError", "cannot import name 'x'", "wrong_import_path", "*", "*", "cannot import name 'x'"),
    (
        "ImportError",
        "attempted relative import with no known parent package",
        "unclassified",
        "*",
        "*",
        "attempted relative import with no known parent package",
    ),
    (
        "ImportError",
        "cannot import name 'Product' from 'shop.models' (C:\\shop\\models.py)",
        "wrong_import_path",
        "*",
        "*",
        "cannot import name 'Product' from 'shop.models'",
    ),
    (
        "NameError",
        "name 'json' is not defined. Did you mean: 'sys'? Or did you forget to import 'json'?",
        "undefined_name",
        "*",
        "*",
        "name 'json' is not defined",
    ),
    (
        "NameError",
        "name 'price' is not defined. Did you mean: 'self.price'?",
        "undefined_name",
        "*",
        "*",
        "name 'price' is not defined",
    ),
    (
        "NameError",
        ("cannot access free variable 'total' where it is not associated with a value in enclosing scope"),
        "undefined_name",
        "*",
        "*",
        ("cannot access free variable 'total' where it is not associated with a value in enclosing scope"),
    ),
    (
        "NameError",
        "free variable 'total' referenced before assignment in enclosing scope",
        "undefined_name",
        "*",
        "*",
        "free variable 'total' referenced before assignment in enclosing scope",
    ),
    (
        "TypeError",
        "Object of type datetime is not JSON serializable",
        "not_serializable",
        "*",
        "*",
        "Object of type datetime is not JSON serializable",
    ),
    (
        "TypeError",
        "Type is not JSON serializable: Product",
        "not_serializable",
        "*",
        "*",
        "Type is not JSON serializable: Product",
    ),
    (
        "TypeError",
        "create() missing 2 required keyword-only arguments: 'name' and 'price'",
        "wrong_arguments",
        "*",
        "*",
        "create() missing <int> required keyword-only arguments: 'name' and 'price'",
    ),
    (
        "TypeError",
        "create() got multiple values for argument 'name'",
        "wrong_arguments",
        "*",
        "*",
        "create() got multiple values for argument 'name'",
    ),
    (
        "TypeError",
        "'method' object is not subscriptable",
        "wrong_kind",
        "*",
        "*",
        "'method' object is not subscriptable",
    ),
    (
        "TypeError",
        "'Product' object is not callable",
        "wrong_kind",
        "*",
        "*",
        "'Product' object is not callable",
    ),
    (
        "TypeError",
        "'coroutine' object is not iterable",
        "wrong_kind",
        "*",
        "*",
        "'coroutine' object is not iterable",
    ),
    (
        "TypeError",
        "'Product' object does not support item assignment",
        "wrong_kind",
        "*",
        "*",
        "'Product' object does not support item assignment",
    ),
    (
        "TypeError",
        "can't compare offset-naive and offset-aware datetimes",
        "unclassified",
        "*",
        "*",
        "can't compare offset-naive and offset-aware datetimes",
    ),
    ("KeyError", "'0d9f7d0e-6a53-4b67-9a0e-2f2f0e3b7c11'", "missing_key", "*", "*", "'<uuid>'"),
    ("KeyError", "('a', 1)", "missing_key", "*", "*", "(<str>, <int>)"),
    ("IndexError", "pop from empty list", "index_out_of_range", "*", "*", "pop from empty list"),
    (
        "UnboundLocalError",
        "cannot access local variable 'total' where it is not associated with a value",
        "undefined_name",
        "*",
        "*",
        "cannot access local variable 'total' where it is not associated with a value",
    ),
    (
        "SyntaxError",
        "'(' was never closed (models.py, line 3)",
        "invalid_syntax",
        "*",
        "*",
        "<str> was never closed (models.py, line <int>)",
    ),
    (
        "TabError",
        "inconsistent use of tabs and spaces in indentation (models.py, line 7)",
        "invalid_syntax",
        "*",
        "*",
        "inconsistent use of tabs and spaces in indentation (models.py, line <int>)",
    ),
    ("RuntimeError", "Event loop is closed", "unclassified", "*", "*", "Event loop is closed"),
    (
        "RecursionError",
        "maximum recursion depth exceeded",
        "unclassified",
        "*",
        "*",
        "maximum recursion depth exceeded",
    ),
    (
        "json.decoder.JSONDecodeError",
        "Expecting value: line 1 column 1 (char 0)",
        "unclassified",
        "*",
        "*",
        "Expecting value: line <int> column <int> (char <int>)",
    ),
    (
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/srv/a.csv'",
        "unclassified",
        "*",
        "*",
        "[Errno 2] No such file or directory: <str>",
    ),
)
NETWORK: tuple[Row, ...] = (
    ("asyncio.exceptions.TimeoutError", "", "timeout", "*", "*", ""),
    (
        "requests.exceptions.ReadTimeout",
        "HTTPConnectionPool(host='localhost', port=8000): Read timed out. (read timeout=5)",
        "timeout",
        "*",
        "*",
        "HTTPConnectionPool(host=<str>, port=<int>): Read timed out. (read timeout=<int>)",
    ),
    (
        "requests.exceptions.ConnectionError",
        (
            "HTTPConnectionPool(host='localhost', port=8000): Max retries exceeded with url: /products/5 "
            "(Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f2a>: Failed "
            "to establish a new connection: [Errno 111] Connection refused'))"
        ),
        "connection_refused",
        "*",
        "*",
        (
            "HTTPConnectionPool(host=<str>, port=<int>): Max retries exceeded with url: <path>/<int> "
            "(Caused by NewConnectionError(<str>))"
        ),
    ),
    (
        "requests.exceptions.ConnectionError",
        "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        "connection_refused",
        "*",
        "*",
        "(<str>, ConnectionResetError(<int>, <str>))",
    ),
    (
        "httpx.ConnectError",
        "[Errno 111] Connection refused",
        "connection_refused",
        "*",
        "*",
        "[Errno 111] Connection refused",
    ),
    (
        "ConnectionRefusedError",
        "[Errno 111] Connection refused",
        "connection_refused",
        "*",
        "*",
        "[Errno 111] Connection refused",
    ),
    (
        "OSError",
        (
            "Multiple exceptions: [Errno 111] Connect call failed ('::1', 8000, 0, 0), [Errno 111] Connect "
            "call failed ('127.0.0.1', 8000)"
        ),
        "connection_refused",
        "*",
        "*",
        (
            "Multiple exceptions: [Errno 111] Connect call failed (<str>, <int>, <int>, <int>), [Errno "
            "111] Connect call failed (<str>, <int>)"
        ),
    ),
    (
        "requests.exceptions.HTTPError",
        "500 Server Error: Internal Server Error for url: http://localhost:8000/products/5",
        "server_error",
        "Product",
        "*",
        "<int> Server Error: Internal Server Error for url: <url>",
    ),
    (
        "httpx.HTTPStatusError",
        (
            "Client error '404 Not Found' for url 'http://localhost:8000/x'\nFor more information check: "
            "https://x/404"
        ),
        "route_missing",
        "*",
        "*",
        "Client error '<int> Not Found' for url <str>",
    ),
    (
        "urllib.error.HTTPError",
        "HTTP Error 404: Not Found",
        "route_missing",
        "*",
        "*",
        "HTTP Error <int>: Not Found",
    ),
    (
        "fastapi.exceptions.HTTPException",
        "404: Product not found",
        "route_missing",
        "*",
        "*",
        "<int>: Product not found",
    ),
    (
        "TimeoutError",
        "[Errno 110] Connection timed out",
        "timeout",
        "*",
        "*",
        "[Errno 110] Connection timed out",
    ),
    ("httpx.ReadTimeout", "timed out", "timeout", "*", "*", "timed out"),
    (
        "requests.exceptions.ConnectTimeout",
        (
            "HTTPConnectionPool(host='10.0.0.1', port=80): Max retries exceeded with url: / (Caused by "
            "ConnectTimeoutError(<urllib3.connection.HTTPConnection object at 0x7f2a44>, 'Connection to "
            "10.0.0.1 timed out. (connect timeout=5)'))"
        ),
        "timeout",
        "*",
        "*",
        (
            "HTTPConnectionPool(host=<str>, port=<int>): Max retries exceeded with url: / (Caused by "
            "ConnectTimeoutError(<urllib3.connection.HTTPConnection object at <address>>, <str>))"
        ),
    ),
    ("asyncio.exceptions.CancelledError", "", "unclassified", "*", "*", ""),
    (
        "ConnectionResetError",
        "[Errno 104] Connection reset by peer",
        "connection_refused",
        "*",
        "*",
        "[Errno 104] Connection reset by peer",
    ),
    (
        "aiohttp.client_exceptions.ClientConnectorError",
        ("Cannot connect to host localhost:8000 ssl:default [Connect call failed ('127.0.0.1', 8000)]"),
        "connection_refused",
        "*",
        "*",
        ("Cannot connect to host localhost:<int> ssl:default [Connect call failed (<str>, <int>)]"),
    ),
    (
        "httpx.ConnectError",
        "All connection attempts failed",
        "connection_refused",
        "*",
        "*",
        "All connection attempts failed",
    ),
    (
        "urllib.error.URLError",
        "<urlopen error [Errno 111] Connection refused>",
        "connection_refused",
        "*",
        "*",
        "<urlopen error [Errno 111] Connection refused>",
    ),
    (
        "requests.exceptions.ConnectionError",
        (
            "HTTPSConnectionPool(host='nope.invalid', port=443): Max retries exceeded with url: / (Caused "
            'by NameResolutionError("<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to '
            "resolve 'nope.invalid'\"))"
        ),
        "unclassified",
        "*",
        "*",
        (
            "HTTPSConnectionPool(host=<str>, port=<int>): Max retries exceeded with url: / (Caused by "
            "NameResolutionError(<str>))"
        ),
    ),
    (
        "requests.exceptions.HTTPError",
        "422 Client Error: Unprocessable Entity for url: http://localhost:8000/products",
        "payload_rejected",
        "Product",
        "*",
        "<int> Client Error: Unprocessable Entity for url: <url>",
    ),
    (
        "httpx.HTTPStatusError",
        (
            "Server error '503 Service Unavailable' for url 'http://localhost:8000/x'\nFor more "
            "information check: https://x/503"
        ),
        "server_error",
        "*",
        "*",
        "Server error '<int> Service Unavailable' for url <str>",
    ),
    (
        "requests.exceptions.HTTPError",
        "401 Client Error: Unauthorized for url: http://localhost:8000/me",
        "not_authorised",
        "*",
        "*",
        "<int> Client Error: Unauthorized for url: <url>",
    ),
    (
        "requests.exceptions.HTTPError",
        "409 Client Error: Conflict for url: http://localhost:8000/me",
        "unclassified",
        "*",
        "*",
        "<int> Client Error: Conflict for url: <url>",
    ),
)
WORDINGS = (*SQLITE, *POSTGRESQL, *MYSQL, *OTHER_DATABASES, *PYDANTIC, *DJANGO_AND_OTHERS, *PYTHON, *NETWORK)
