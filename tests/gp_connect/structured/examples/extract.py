"""Takes the structured-record examples out of a clone of the specification, as JSON that can be parsed.

`python -m tests.gp_connect.structured.examples.extract CLONE` writes the committed ones again; `published` gives all.
What is changed: Liquid tags around them go, commas before a closing bracket go, NHS numbers become a synthetic one.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
BRANCH = "feature/1.6.2"
_INCLUDES = "_includes/accessrecord_structured"
COMMITTED = (
    "allergies_response1",
    "consultations_forwards_response1",
    "diaryentries_response1",
    "immunizations_response2",
    "meds_response",
    "pathology_response1",
    "problems_response1",
    "referrals_response1",
    "uncategorised_response1",
)
_NUMBER = re.compile(r'("system"\s*:\s*"https://fhir\.nhs\.uk/Id/nhs-number"\s*,\s*"value"\s*:\s*")[^"]*"')
_NUMBER_FIRST = re.compile(r'("value"\s*:\s*")[^"]*("\s*,\s*"system"\s*:\s*"https://fhir\.nhs\.uk/Id/nhs-number")')
SYNTHETIC = "9990000018"


def published(clone: Path) -> Iterator[tuple[str, Any]]:
    """Name and content of every response published; those that are only a note for the authors are left out."""
    names = _git(clone, "ls-tree", "--name-only", BRANCH, f"{_INCLUDES}/").split()
    for path in names:
        name = Path(path).stem
        if "response" not in name and name != "skeleton_full_record":
            continue
        text = repaired(_git(clone, "show", f"{BRANCH}:{path}"))
        if text.startswith("{"):
            yield name, json.loads(text)


def repaired(text: str) -> str:
    """An example without what keeps it from being JSON, about a synthetic number."""
    bare = re.sub(r"{%.*?%}", "", text).strip().removeprefix("\ufeff")
    closed = re.sub(r",(\s*[\]}])", r"\1", bare)
    numbered = _NUMBER.sub(rf'\g<1>{SYNTHETIC}"', closed)
    return _NUMBER_FIRST.sub(rf"\g<1>{SYNTHETIC}\g<2>", numbered)


def _git(clone: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", "-C", str(clone), *arguments], capture_output=True, check=True)
    return ran.stdout.decode()


def main(clone: Path) -> None:
    """Write the committed examples again."""
    for name, content in published(clone):
        if name in COMMITTED:
            (FOLDER / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
