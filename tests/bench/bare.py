"""The yardstick: a Flask app without anything, whose routes replay recorded SQL on pooled psycopg connections."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, request
from psycopg import Connection
from psycopg_pool import ConnectionPool

from tests.bench.recording import Parameters, Recording, Statement, Transaction

_Fresh = Mapping[Any, Any]


def bare_app(pool: "ConnectionPool[Any]", recordings: Mapping[str, Recording]) -> Flask:
    """One route a recording. A POST may name values of it that this time are others, as pairs of old and new."""
    app = Flask("bare")
    for name, recording in recordings.items():
        app.add_url_rule(f"/{name}", name, _view(pool, recording), methods=["GET", "POST"])
    return app


def _view(pool: "ConnectionPool[Any]", recording: Recording) -> Any:
    def view() -> Response:
        fresh = dict(request.get_json()) if request.method == "POST" else {}
        rows: list[tuple[Any, ...]] = []
        for transaction in recording.transactions:
            with pool.connection() as connection:
                rows = _replay(connection, transaction, fresh) or rows
        return jsonify(rows)

    return view


def _replay(connection: "Connection[Any]", transaction: Transaction, fresh: _Fresh) -> list[tuple[Any, ...]]:
    """The same statements; the rows of the last one that had any. The caller's `with` commits."""
    isolation, read_only = transaction.manner
    if connection.isolation_level != isolation:
        connection.isolation_level = isolation
    if connection.read_only != read_only:
        connection.read_only = read_only
    rows: list[tuple[Any, ...]] = []
    for statement in transaction.statements:
        with connection.cursor() as cursor:
            _execute(cursor, statement, fresh)
            if cursor.description is not None:
                rows = cursor.fetchall() or rows
    if not transaction.committed:
        connection.rollback()
    return rows


def _execute(cursor: Any, statement: Statement, fresh: _Fresh) -> None:
    if statement.many:
        cursor.executemany(statement.sql, [_renewed(one, fresh) for one in statement.parameters])
    else:
        cursor.execute(statement.sql, _renewed(statement.parameters, fresh) if fresh else statement.parameters)


def _renewed(parameters: Parameters | Any, fresh: _Fresh) -> Any:
    if isinstance(parameters, Mapping):
        return {name: _new(value, fresh) for name, value in parameters.items()}
    return [_new(value, fresh) for value in parameters]


def _new(value: Any, fresh: _Fresh) -> Any:
    if isinstance(value, list):
        return [_new(one, fresh) for one in value]
    return fresh.get(value, value) if isinstance(value, str | int) else value
