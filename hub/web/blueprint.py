"""The pages' blueprint, by itself so that every module of pages can hang its views on it."""

from flask import Blueprint

blueprint = Blueprint("web", __name__)
