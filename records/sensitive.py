"""The list of codes that never reach a screen here, whatever the practice's own system has already left out. Pure.

GP systems leave the national sensitive set (assisted conception, sexually transmitted infection, termination of
pregnancy, gender identity) out at source; the hub leaves it out a second time. The set is published as SNOMED CT
reference sets under a licence of its own, so an installation brings its copy as a file: one code a line, what it means
after a tab if one likes, and lines `# version: …` and `# source: …` at the top.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import verhoeff

from vocabulary.problems import InvalidValue

_DIGITS = frozenset("0123456789")
_SHORTEST, _LONGEST = 6, 18  # digits of a SNOMED CT identifier
_HEADINGS = ("version", "source")


class UnreadableCodes(InvalidValue):
    """A list of sensitive codes that cannot be trusted: reading it half would show what it means to hide."""

    code = "sensitive-codes-unreadable"


@dataclass(frozen=True, slots=True)
class SensitiveCodes:
    """The SNOMED CT codes to leave out, and which edition of the list this is."""

    version: str
    source: str
    codes: frozenset[str]

    @classmethod
    def read(cls, text: str) -> "SensitiveCodes":
        """The list in a file's text. Raises UnreadableCodes with every line that is wrong; none is passed over."""
        said: dict[str, str] = {}
        codes: set[str] = set()
        wrong: list[str] = []
        for number, line in _lines(text):
            heading, colon, value = line.removeprefix("#").partition(":")
            if line.startswith("#"):
                if colon and heading.strip().lower() in _HEADINGS:
                    said[heading.strip().lower()] = value.strip()
                continue
            code = line.split("\t", 1)[0].strip()
            if is_snomed_code(code):
                codes.add(code)
            else:
                wrong.append(f"line {number}: “{code[:30]}” is not a SNOMED CT code")
        wrong += [f"there is no line “# {name}: …”" for name in _HEADINGS if not said.get(name)]
        if not codes:
            wrong.append("it holds no code")
        if wrong:
            more = f", and {len(wrong) - 5} more" if len(wrong) > 5 else ""
            raise UnreadableCodes(
                f"The list of sensitive codes cannot be used: {'; '.join(wrong[:5])}{more}.",
                next_step="Mend the file, or fetch it again from where it was published.",
            )
        return cls(said["version"], said["source"], frozenset(codes))


def is_snomed_code(text: str) -> bool:
    """Whether this is a SNOMED CT identifier: 6 to 18 digits, the last of them a Verhoeff check digit (SNOMED CT's
    technical implementation guide)."""
    in_shape = _SHORTEST <= len(text) <= _LONGEST and set(text) <= _DIGITS and not text.startswith("0")
    return in_shape and bool(verhoeff.is_valid(text))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if line.strip():
            yield number, line.strip()
