"""What somebody might do to an export: each one change, and where it has to be found."""

import copy
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verifier.verify_audit import Finding, commitment, event_digest, link_of

Lines = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Tampered:
    """An export with one change; `found` says whether a finding names the right place."""

    what: str
    lines: Lines
    found: Callable[[Finding], bool]


def at(*sequences: int) -> Callable[[Finding], bool]:
    return lambda finding: finding.sequence in sequences


def in_root(number: int) -> Callable[[Finding], bool]:
    return lambda finding: finding.root in (number, number + 1)


def anywhere(_: Finding) -> bool:
    return True


class Tamperer:
    """Changes copies of one export."""

    def __init__(self, lines: Lines, seed: int) -> None:
        self._lines = lines
        self._random = random.Random(seed)
        self._ways = (
            self._edit_event,
            self._edit_event,
            self._edit_veiled,
            self._edit_place,
            self._drop,
            self._insert,
            self._swap,
            self._cut_tail,
            self._cut_front,
            self._edit_and_seal_again,
            self._edit_root,
            self._drop_root,
            self._edit_head,
        )

    def change(self) -> Tampered:
        self._new: Lines = copy.deepcopy(self._lines)
        self._events = [line for line in self._new if line["kind"] == "event"]
        return self._random.choice(self._ways)()

    def _some(self) -> dict[str, Any]:
        return self._random.choice(self._events)

    def _edit_event(self) -> Tampered:
        line = self._some()
        name = self._random.choice(sorted(line["event"]))
        line["event"][name] = self._other(line["event"][name])
        return Tampered(f"edited {name}", self._new, at(line["sequence"]))

    def _edit_veiled(self) -> Tampered:
        line = self._some()
        name = self._random.choice(sorted(line["shown"] | line["hidden"]))
        if name in line["hidden"]:
            line["hidden"][name] = self._other(line["hidden"][name])
        else:
            place = self._random.randrange(2)
            line["shown"][name][place] = self._other(line["shown"][name][place])
        return Tampered(f"edited veiled {name}", self._new, at(line["sequence"]))

    def _edit_place(self) -> Tampered:
        line = self._some()
        sequence = line["sequence"]
        name = self._random.choice(["sequence", "sealed_at", "link"])
        line[name] = self._other(line[name])
        return Tampered(f"edited {name}", self._new, at(sequence))

    def _drop(self) -> Tampered:
        first = self._random.randrange(len(self._events))
        gone = self._events[first : first + self._random.choice([1, 1, 2, 5])]
        for line in gone:
            self._new.remove(line)
        return Tampered(f"dropped {len(gone)}", self._new, at(gone[0]["sequence"]))

    def _insert(self) -> Tampered:
        line = self._some()
        false = copy.deepcopy(line)
        false["event"]["outcome"] = "allowed, really"
        self._new.insert(self._new.index(line) + self._random.randrange(2), false)
        return Tampered("inserted", self._new, at(line["sequence"]))

    def _swap(self) -> Tampered:
        one, other = self._random.sample(self._events, 2)
        a, b = self._new.index(one), self._new.index(other)
        self._new[a], self._new[b] = self._new[b], self._new[a]
        first, last = sorted((one["sequence"], other["sequence"]))
        return Tampered("swapped", self._new, at(first, first + 1, last))

    def _cut_tail(self) -> Tampered:
        """Neatly: its head and its end agree with what is left."""
        keep = self._random.randrange(len(self._events))
        for line in self._events[keep:]:
            self._new.remove(line)
        self._new[-1]["acts"] = keep
        self._new[0]["last"] = self._new[0]["first"] + keep - 1
        return Tampered("cut the tail", self._new, at(self._events[keep]["sequence"]))

    def _cut_front(self) -> Tampered:
        gone = self._random.randrange(1, len(self._events))
        for line in self._events[:gone]:
            self._new.remove(line)
        self._new[0] |= {"first": self._events[gone]["sequence"], "previous": self._events[gone - 1]["link"]}
        self._new[-1]["acts"] -= gone
        return Tampered("cut the front", self._new, at(self._events[gone]["sequence"]))

    def _edit_and_seal_again(self) -> Tampered:
        """By somebody who knows how links are made, and has no key."""
        first = self._random.randrange(len(self._events))
        self._events[first]["event"]["outcome"] = "allowed, really"
        for place in range(first, len(self._events)):
            line = self._events[place]
            before = self._events[place - 1]["link"] if place else self._new[0]["previous"]
            shown = {name: commitment(*pair) for name, pair in line["shown"].items()}
            digest = event_digest(line["event"], shown | line["hidden"])
            line["link"] = link_of(self._new[0]["practice"], line["sequence"], line["sealed_at"], digest, before)
        sequence = self._events[first]["sequence"]
        return Tampered("sealed again", self._new, at(min(head for head in self._seen() if head >= sequence)))

    def _edit_root(self) -> Tampered:
        root = self._random.choice(self._roots())
        number, body = root["body"]["number"], root["body"]
        name = self._random.choice([*sorted(body), "signature", "head", "head"])
        if name == "signature":
            root["signature"] = self._other(root["signature"])
        elif name == "head":
            head = self._random.choice(body["heads"])
            part = self._random.choice(sorted(head))
            head[part] = self._other(head[part])
        else:
            body[name] = self._other(body[name])
        return Tampered(f"edited root's {name}", self._new, anywhere if name == "number" else in_root(number))

    def _drop_root(self) -> Tampered:
        root = self._random.choice(self._roots())
        self._new.remove(root)
        return Tampered("dropped a root", self._new, in_root(root["body"]["number"]))

    def _edit_head(self) -> Tampered:
        """Of what the export says of itself: whose, from and to which act, and with which roots."""
        name = self._random.choice(["format", "practice", "first", "last", "previous", "roots"])
        self._new[0][name] = self._other(self._new[0][name])
        return Tampered(f"edited the head's {name}", self._new, anywhere)

    def _seen(self) -> set[int]:
        """Where roots saw this practice's chain."""
        heads = (head for root in self._roots() for head in root["body"]["heads"])
        return {head["sequence"] for head in heads if head["practice"] == self._new[0]["practice"]}

    def _roots(self) -> Lines:
        return [line for line in self._new if line["kind"] == "root"]

    def _other(self, value: Any) -> Any:
        """Something else of the same kind."""
        if isinstance(value, int):
            return value + self._random.choice([-1, 1, 1000])
        if isinstance(value, list):
            return value[:-1] if value else [1]
        if value and all(sign in "0123456789abcdef" for sign in value):
            return hashlib.sha256(value.encode()).hexdigest()[: len(value)].ljust(len(value), "0")
        place = self._random.randrange(len(value) + 1)
        return value[:place] + "x" + value[place:]
