"""New booking references: random, so that one tells nothing about another."""

import secrets

from vocabulary.identifiers import BookingRef


def new_ref() -> BookingRef:
    """A reference nobody has; a clash with an old one (1 in 17 billion) is refused by the primary key."""
    return BookingRef.from_number(secrets.randbelow(BookingRef.capacity()))
