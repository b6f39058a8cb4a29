"""Published names and addresses are in capitals; people read them better in ordinary case. Pure."""

import re

_SMALL = {"a", "and", "at", "by", "for", "in", "near", "of", "on", "the", "under", "upon"}
_SMALL_INSIDE = _SMALL | {"super"}  # Weston-super-Mare, Westbury-on-Trym
_KEPT = {"GP", "HC", "H/C", "MC", "NHS", "PCC", "PCN", "UK", "II", "III", "IV"}
_WORD = re.compile(r"[^\s,]+")


def readable(text: str) -> str:
    """The text in ordinary case when it is all capitals, else as it is."""
    if text != text.upper():
        return text
    return _WORD.sub(lambda found: _word(found.group(), first=found.start() == 0), text)


def _word(word: str, *, first: bool) -> str:
    if word.strip(".()") in _KEPT or any(sign.isdigit() for sign in word):
        return word
    if not first and word.lower() in _SMALL:
        return word.lower()
    # "O'BRIEN" and "WESTON-SUPER-MARE" hold several words, "GEORGE'S" and "MACY'S" do not.
    parts = re.split(r"(['’./(-])", word)
    return "".join(_part(part, parts[place - 1] if place else "") for place, part in enumerate(parts))


def _part(part: str, before: str) -> str:
    possessive = before in ("'", "’") and len(part) < 2
    inner = before == "-" and part.lower() in _SMALL_INSIDE
    return part.lower() if possessive or inner else part.capitalize()
