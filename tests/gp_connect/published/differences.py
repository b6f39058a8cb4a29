"""How two resources differ, as paths: what our writing of the same content has more, less, or otherwise."""

from collections.abc import Iterator
from typing import Any


def differences(ours: Any, theirs: Any, path: str = "") -> set[str]:
    """Paths led by `+` (ours alone has it), `-` (theirs alone) or `~` (another value)."""
    return set(_differences(ours, theirs, path))


def _differences(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    ours, theirs = _by_url(ours), _by_url(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() | theirs.keys():
            where = f"{path}.{name}".lstrip(".")
            if name not in theirs:
                yield f"+{where}"
            elif name not in ours:
                yield f"-{where}"
            else:
                yield from _differences(ours[name], theirs[name], where)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for mine, other in zip(ours, theirs, strict=True):
            yield from _differences(mine, other, path)
    elif ours != theirs:
        yield f"~{path}"


def _by_url(value: Any) -> Any:
    """Extensions have no order: they are compared by what they are."""
    if isinstance(value, list) and value and all(isinstance(each, dict) and "url" in each for each in value):
        return {each["url"].rpartition("/")[2]: each for each in value}
    return value
