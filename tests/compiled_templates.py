"""Every Flask application of the tests takes its templates from one store of compiled ones.

A test's application is its own, and to compile the pages again for each took two thirds of the page tests' time.
"""

from flask import Flask
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache


class CompiledTemplates(BytecodeCache):
    """In memory; jinja itself compares each one's source."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """What escapes and what does not are compiled differently, be it the same file; so is what trims."""
        escapes = environment.autoescape if isinstance(environment.autoescape, bool) else "by name"
        key = f"{name} {escapes} {environment.trim_blocks} {environment.lstrip_blocks}"
        return super().get_bucket(environment, key, filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


def pytest_configure() -> None:
    """Flask hands these to every environment that it makes."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
