"""People's names: one string in the hub, the parts of a HumanName on the wire."""

from gp_connect.elements import Resource, strings, text, without_empty

# Titles that lead a name; anything else is taken for a given name.
_TITLES = {"dame", "dr", "fr", "lady", "lord", "miss", "mr", "mrs", "ms", "mx", "nurse", "prof", "rev", "sir", "sister"}


def write(name: str, *, nameless: str) -> Resource:
    """The parts of "Dr Sam Carter"; `nameless` stands in where there is no name at all, for family must be there."""
    words = name.split()
    prefix = [words.pop(0)] if len(words) > 1 and words[0].rstrip(".").casefold() in _TITLES else []
    *given, family = words or [nameless]
    return without_empty({"family": family, "given": given, "prefix": prefix})


def read(name: Resource) -> str:
    """Title, given and family names; the text where there are no parts."""
    parts = (*strings(name, "prefix"), *strings(name, "given"), text(name, "family"))
    return " ".join(part for part in parts if part) or text(name, "text")
