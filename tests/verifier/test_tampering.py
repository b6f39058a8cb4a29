"""A thousand single changes to an export, each found, and found where it was made."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import verifier.verify_audit as verify_audit
from storage.exporting import PATIENTS
from storage.roots import SigningKey, public_pem
from storage.work import Work
from tests.storage.ledgers import FIRST, KEY, NOW, SECOND, Ledger
from tests.verifier.tampering import Lines, Tamperer
from verifier.verify_audit import check_export, check_roots

pytestmark = pytest.mark.database
CHANGES = 1000


@pytest.fixture
def ledger(work: Work) -> Ledger:
    """Three days' acts of two practices, each day's signed."""
    made = Ledger(work)
    for _ in range(3):
        made.write(4)
        made.write(1, practice=SECOND)
        made.write(3)
        made.seal()
        made.sign()
    return made


def judged(lines: Lines, **more: object) -> verify_audit.Report:
    return check_export(json.loads(json.dumps(lines)), keys=[KEY.public], **more)  # type: ignore[arg-type]


def test_a_thousand_changes_are_found_where_they_were_made(ledger: Ledger) -> None:
    whole, redacted = ledger.export(), ledger.export(leave_out=PATIENTS)
    assert judged(whole).status == judged(redacted).status == 0
    assert judged(whole).acts == 21
    tamperers = [Tamperer(whole, seed=1), Tamperer(redacted, seed=2)]
    missed, kinds = [], set()
    for number in range(CHANGES):
        changed = tamperers[number % 2].change()
        report = judged(changed.lines)
        kinds.add(changed.what.split(" ")[0])
        if report.status != 1 or not any(changed.found(finding) for finding in report.findings):
            missed.append((number, changed.what, [str(finding) for finding in report.findings][:3]))
    assert not missed, (len(missed), missed[:5])
    assert kinds == {"edited", "dropped", "inserted", "swapped", "cut", "sealed"}


def test_an_old_backup_is_found_by_the_roots_that_were_kept(work: Work) -> None:
    ledger = Ledger(work)
    ledger.write(5)
    ledger.seal()
    ledger.sign()
    old = ledger.export()
    ledger.write(5)
    ledger.seal()
    kept = [ledger.sign().published()]
    assert judged(old).status == 0  # by itself it is a true account of an earlier day
    old[0]["to"] = old[0]["made_at"] = "2026-11-24T23:00:00.000000+00:00"
    (finding,) = judged(old, kept=kept).findings
    assert (finding.sequence, "acts 6 to 10 are missing: root 2" in finding.words) == (6, True)
    assert judged(ledger.export(), kept=kept).status == 0


def test_history_rewritten_in_the_database_is_found_between_two_roots(ledger: Ledger) -> None:
    lines = ledger.export()
    kept = [line for line in lines if line["kind"] == "root"]
    forger = Tamperer([line for line in lines if line["kind"] != "root"], seed=3)
    forger._new = [dict(line) for line in lines]
    forger._events = [line for line in forger._new if line["kind"] == "event"]
    changed = forger._edit_and_seal_again()
    own = SigningKey.new()
    signed = [own.sign(root["body"] | {"key": own.public}).published() | {"kind": "root"} for root in kept]
    events = [line for line in changed.lines if line["kind"] in ("event", "end")]
    by_themselves = check_export([lines[0], *signed, *events], keys=[KEY.public])
    assert any("no key that you gave" in str(finding) for finding in by_themselves.findings)
    report = judged([lines[0], *kept, *events])
    assert any(
        "rewritten after act" in finding.words or "from the first act" in finding.words for finding in report.findings
    )


def test_a_part_left_out_keeps_the_chain(ledger: Ledger) -> None:
    lines = ledger.export(leave_out=PATIENTS)
    assert judged(lines).status == 0
    text = json.dumps(lines)
    assert "9990000018" not in text and "REF0" not in text and "Rita Reception" in text
    hidden = [line["hidden"]["nhs_number"] for line in lines if line["kind"] == "event"]
    assert len(set(hidden)) == len(hidden)  # the same number, never the same code


def test_what_lies_outside_the_period_is_there_in_hashes_only(work: Work) -> None:
    ledger = Ledger(work)
    for _ in range(3):
        ledger.write(3)
        ledger.seal()
        ledger.sign()
    times = [line["event"]["at"] for line in ledger.export() if line["kind"] == "event"]
    start, end = (verify_audit._moment(times[place]) for place in (4, 5))
    lines = ledger.export(start=start, end=end)
    events = {line["sequence"]: bool(line["shown"]) for line in lines if line["kind"] == "event"}
    assert events == {4: False, 5: True, 6: False}
    assert judged(lines).status == 0
    assert [line["body"]["number"] for line in lines if line["kind"] == "root"] == [1, 2]
    lines[0]["previous"] = "0" * 64
    assert judged(lines).status == 1


def test_a_new_key_is_believed_once_the_old_one_announced_it(work: Work) -> None:
    ledger, new = Ledger(work), SigningKey.new()
    ledger.write(1)
    ledger.seal()
    ledger.sign(next_key=new.public)
    ledger.sign(key=new)
    kept = [line for line in ledger.export() if line["kind"] == "root"]
    assert check_roots(kept, keys=[KEY.public]).status == 0
    assert check_roots(kept, keys=[new.public]).status == 0  # the new one's root names the hash of the old one's
    assert check_roots(kept[1:], keys=[KEY.public]).status == 1
    unannounced = SigningKey.new()
    ledger.sign(key=unannounced)
    kept = [line for line in ledger.export() if line["kind"] == "root"]
    (finding,) = check_roots(kept, keys=[KEY.public]).findings
    assert (finding.root, "no key that you gave" in finding.words) == (3, True)


def test_the_one_file_runs_by_itself(ledger: Ledger, tmp_path: Path) -> None:
    """With nothing of the hub on its path, as an outsider has it."""
    alone = tmp_path / "verify_audit.py"
    alone.write_bytes(Path(verify_audit.__file__).read_bytes())
    (tmp_path / "key.pem").write_text(public_pem(KEY.public))
    lines = ledger.export()
    roots = [line for line in lines if line["kind"] == "root"]
    (tmp_path / "roots.json").write_text(json.dumps({"roots": roots}))

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(alone), "--key", "key.pem", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    export = tmp_path / "export.jsonl"
    export.write_text("".join(json.dumps(line) + "\n" for line in lines))
    status, said = run("--roots", "roots.json", "export.jsonl")
    assert (status, "21 acts and 3 roots" in said, "VERIFIED" in said) == (0, True, True)
    assert run("--roots", "roots.json")[0] == 0
    export.write_text("".join(json.dumps(line) + "\n" for line in lines[:-4]))
    status, said = run("export.jsonl")
    assert status == 1
    assert "cut short" in said and f"{FIRST}, act 19" in said
    export.write_text("no export at all\n")
    assert run("export.jsonl")[0] == 1
    assert run("missing.jsonl")[0] == 2
    assert str(NOW.year) in said
