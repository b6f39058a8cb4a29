"""The kit's checks one by one, without pytest's runner: which there are, and which a connector fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from connectors.conformance.bench import Bench


@dataclass(frozen=True, slots=True)
class Check:
    """One check with one set of values; `name` is what the kit calls it."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(str(value) for value in self.values.values())
        return f"{self.name}[{told}]" if told else self.name


def checks(kit: type, name: str = "") -> Iterator[Check]:
    """Every check of a kit class, or all those of one name."""
    for each in dir(kit):
        if each.startswith("test_") and name in ("", each):
            for values in product(*_sets_of_values(getattr(kit, each))):
                yield Check(each, {key: value for part in values for key, value in part.items()})


def failing(kit: type, bench: Callable[[], Bench], name: str = "") -> list[Check]:
    """The checks that a connector fails, each run on a bench of its own. One that is skipped is not failed."""
    return [each for each in checks(kit, name) if not _passes(kit, each, bench())]


def _passes(kit: type, check: Check, bench: Bench) -> bool:
    try:
        getattr(kit(), check.name)(bench, **check.values)
    except pytest.skip.Exception:
        return True
    except Exception:  # whatever a connector raises that the check did not ask for
        return False
    except pytest.fail.Exception:
        return False
    return True


def _sets_of_values(test: Callable[..., None]) -> Iterator[list[dict[str, Any]]]:
    """The values of each `parametrize` on a check, as keyword arguments."""
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names, rows = mark.args
            keys = [each.strip() for each in names.split(",")] if isinstance(names, str) else list(names)
            alone = isinstance(names, str) and len(keys) == 1
            yield [dict(zip(keys, (row,) if alone else row, strict=True)) for row in rows]
