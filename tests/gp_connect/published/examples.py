"""Writes examples.json: the JSON examples of the GP Connect specification, for Foundations and Appointments.

`python -m tests.gp_connect.published.examples GPCONNECT` takes a clone of nhsconnect/gpconnect (Apache-2.0). The data
are kept as published, mistakes included, but for NHS numbers and telephones: those become ones that nobody has.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "examples.json"
_BRANCHES = ("feature/1.2.9", "release/1.2.8")
_WHERE = re.compile(r"(_includes|pages)/(appointments|foundations|development)/.*\.(json|md)")
_BLOCK = re.compile(r"```json\n(.*?)```", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def extracted(folder: Path) -> dict[str, Any]:
    """Name → source and resource; an example that both branches have comes from the newer one."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for branch in _BRANCHES:
        commit = _git(folder, "rev-parse", branch).strip()
        for path in _git(folder, "ls-tree", "-r", "--name-only", branch).splitlines():
            if not _WHERE.fullmatch(path):
                continue
            for number, text in enumerate(_texts(path, _git(folder, "show", f"{branch}:{path}"))):
                resource = _nobody_s(_resource(text))
                content = json.dumps(resource, sort_keys=True)
                if resource is None or content in seen:
                    continue
                seen.add(content)
                name = f"{branch.rpartition('/')[2]} {Path(path).stem} {number or ''}".strip()
                found[name] = {"source": f"nhsconnect/gpconnect {branch} {commit} {path}", "resource": resource}
    return found


def _texts(path: str, text: str) -> list[str]:
    return [text] if path.endswith(".json") else _BLOCK.findall(text)


def _resource(text: str) -> dict[str, Any] | None:
    """A resource, or None for a part of one. Commas before a closing bracket are taken out: some pages have them."""
    try:
        value = json.loads(_TRAILING_COMMA.sub(r"\1", text))
    except ValueError:
        return None
    return value if isinstance(value, dict) and "resourceType" in value else None


def _nobody_s(value: Any) -> Any:
    if isinstance(value, list):
        return [_nobody_s(each) for each in value]
    if not isinstance(value, dict):
        return value
    if str(value.get("system", "")).endswith("/Id/nhs-number"):
        value = {**value, "value": "9990000018"}
    if value.get("system") == "phone":
        value = {**value, "value": "07700 900123" if value.get("use") == "mobile" else "0117 496 0003"}
    return {name: _nobody_s(each) for name, each in value.items()}


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout


def main(arguments: list[str]) -> None:
    """Write the file, one example a line."""
    found = extracted(Path(arguments[0]))
    lines = [f"{json.dumps(name)}: {json.dumps(each)}" for name, each in sorted(found.items())]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
