"""The signed roots for anybody, without signing in, and the verifier: they name nobody, and are worth most when kept
everywhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from hub.audit import current_audit, short_key
from hub.auth.access import public
from hub.legible import LARGEST
from verifier import verify_audit

_AT_ONCE = 31

blueprint = Blueprint("proof", __name__, url_prefix="/audit")


@blueprint.get("/roots.json")
@public
def roots() -> Response:
    """The newest thirty-one, the newest first; `before` asks for those before a root."""
    before = request.args.get("before", type=int)
    found = current_audit().roots(limit=_AT_ONCE, before=before and min(before, LARGEST))
    older = f"/audit/roots.json?before={found[-1].number}" if len(found) == _AT_ONCE else None
    keys = sorted({root.body["key"] for root in found})
    return _open_to_all(
        {
            "roots": [root.published() for root in found],
            "keys": [{"id": short_key(key), "key": key} for key in keys],
            "older": older,
        }
    )


@blueprint.get("/roots/<int:root>.json")
@public
def one_root(root: int) -> Response:
    """One of them, as it is put into the drop folder."""
    found = current_audit().root(root)
    if found is None:
        abort(404)
    return _open_to_all(found.published())


@blueprint.get("/verify_audit.py")
@public
def verifier() -> Response:
    """The verifier, for those who trust the hub that far."""
    answer = Response(Path(verify_audit.__file__).read_bytes(), mimetype="text/x-python")
    answer.headers["Content-Disposition"] = "attachment; filename=verify_audit.py"
    return answer


def _open_to_all(document: Mapping[str, Any]) -> Response:
    answer = jsonify(document)
    answer.headers["Cache-Control"] = "public, max-age=60"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
