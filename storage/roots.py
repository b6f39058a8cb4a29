"""The signed roots: at the end of each day, and whenever asked, one text that names the head of every chain.

Each root names the one before it and is signed with an Ed25519 key; published to everybody, it fixes all history up to
it. A change of key is announced in a root signed with the old one. The application role may only add here.

Controller: the federation. Names patients: no, and no staff. Retention: permanent.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from sqlalchemy import insert, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.chain import FORMAT, canonical, stamp
from storage.sealing import SealRow, heads, wait_for_lock
from storage.work import Tx
from vocabulary.problems import Problem, ProblemKind

SIGNED_AS = b"hub-audit-root-1\n"
_NOTHING_BEFORE = "0" * 64
_SETTLE = "No root is made until a person has settled it: docs/audit.md, “When history was lost”."


class KeyUnusable(Problem):
    """The key for the signed roots cannot be used."""

    code = "audit-key-unusable"
    kind = ProblemKind.RULE


class HistoryLost(Problem):
    """What was published is not what this database says: that may not be carried on as if nothing had happened."""

    code = "history-lost"
    kind = ProblemKind.CONFLICT


class RootRow(Base):
    """A root as published: the text that was signed, exactly, and its signature."""

    __tablename__ = "ledger_root"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    made_at: Mapped[datetime]
    body: Mapped[str]
    signature: Mapped[str]


@dataclass(frozen=True, slots=True)
class Root:
    """A signed root."""

    body: Mapping[str, Any]
    signature: str

    @property
    def number(self) -> int:
        """Its place among the roots, from 1."""
        return int(self.body["number"])

    @property
    def made_at(self) -> datetime:
        """When it was signed."""
        return datetime.fromisoformat(self.body["made_at"])

    @property
    def day(self) -> date:
        """The day in England that it closes (or in which it was asked for)."""
        return date.fromisoformat(self.body["day"])

    @property
    def message(self) -> bytes:
        """What is signed."""
        return SIGNED_AS + canonical(self.body)

    @property
    def digest(self) -> str:
        """What the next root names it by, and people compare."""
        return hashlib.sha256(self.message).hexdigest()

    def head(self, practice: str) -> tuple[int, str]:
        """Where it says that a practice's chain stood: sequence and link; 0 for none."""
        found = (head for head in self.body["heads"] if head["practice"] == practice)
        return next(((int(head["sequence"]), str(head["link"])) for head in found), (0, ""))

    def published(self) -> dict[str, Any]:
        """As it is published."""
        return {"body": dict(self.body), "signature": self.signature, "sha256": self.digest}

    def is_signed(self) -> bool:
        """Whether its signature is that of the key it names."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.body["key"]))
            key.verify(bytes.fromhex(self.signature), self.message)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """The private key. Nothing shows it by accident."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def read(cls, file: Path) -> "SigningKey":
        """From a PEM file. Raises KeyUnusable."""
        try:
            key = load_pem_private_key(file.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise KeyUnusable(
                f"The key for the signed roots, {file}, cannot be read ({type(error).__name__}).",
                next_step="HUB_AUDIT_KEY names a PEM file with an Ed25519 private key: flask audit new-key makes one.",
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"{file} holds no Ed25519 key.", next_step="Make one: flask audit new-key FILE.")
        return cls(key)

    @classmethod
    def new(cls) -> "SigningKey":
        """A fresh one."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def public(self) -> str:
        """The public key, hexadecimal."""
        return self._key.public_key().public_bytes_raw().hex()

    def private_pem(self) -> str:
        """To be kept secret."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def sign(self, body: Mapping[str, Any]) -> Root:
        """Sign a root's text."""
        unsigned = Root(body, "")
        return Root(body, self._key.sign(unsigned.message).hex())


def public_pem(key: str) -> str:
    """A public key as a PEM file's text."""
    found = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    return found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_public(file: Path) -> str:
    """A public key out of a PEM file, hexadecimal. Raises KeyUnusable."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyUnusable(f"{file} cannot be read as a public key ({type(error).__name__}).") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"{file} holds no Ed25519 public key.")
    return key.public_bytes_raw().hex()


def key_id(key: str) -> str:
    """The short name of a public key, for people to compare."""
    return hashlib.sha256(bytes.fromhex(key)).hexdigest()[:16]


def make_root(
    tx: Tx,
    key: SigningKey,
    *,
    day: date,
    at: datetime,
    next_key: str = "",
    published: Sequence[Root] = (),
    declare_loss: bool = False,
) -> Root:
    """Sign the heads as they stand, when nobody is sealing.

    Raises HistoryLost when one of `published` (known from outside) is not in the database, or is another there; and
    when a chain is not what the last root says of it, unless `declare_loss`: then the new root says so for good.
    """
    wait_for_lock(tx)
    last = newest(tx)
    check_published(tx, published)
    lost = _lost(tx, last)
    if lost and not declare_loss:
        raise HistoryLost(
            f"Root {last.number if last else 0} knows of acts that are not here: {_listed(lost)}.", next_step=_SETTLE
        )
    standing = [
        {"practice": head.practice, "sequence": head.sequence, "link": head.link.hex()}
        for head in sorted(heads(tx).values(), key=lambda head: head.practice)
    ]
    body = {
        "format": FORMAT,
        "number": last.number + 1 if last else 1,
        "day": day.isoformat(),
        "made_at": stamp(max(at, last.made_at) if last else at),
        "previous": last.digest if last else _NOTHING_BEFORE,
        "heads": standing,
        "lost": lost,
        "key": key.public,
        "next_key": next_key,
    }
    root = key.sign(body)
    _put(tx, root)
    return root


def adopt(tx: Tx, published: Sequence[Root]) -> int:
    """After a restore: put in the published roots that were made since the backup. How many.

    Raises HistoryLost when they do not carry on the row of those that are here.
    """
    last, added = newest(tx), 0
    for root in sorted(published, key=lambda one: one.number):
        if last is not None and root.number <= last.number:
            continue
        expected = (last.number + 1, last.digest) if last else (1, _NOTHING_BEFORE)
        if (root.number, root.body["previous"]) != expected or not root.is_signed():
            raise HistoryLost(
                f"Root {root.number} does not carry on the roots of this database.",
                next_step="Collect every root published since the backup, and check which of them are genuine.",
            )
        _put(tx, root)
        last, added = root, added + 1
    return added


def check_published(tx: Tx, published: Sequence[Root]) -> None:
    """Every one of these roots is in the database, the same. Raises HistoryLost."""
    for root in published:
        here = by_number(tx, root.number)
        if here is None or here.digest != root.digest:
            known = "is not in this database" if here is None else "is another one in this database"
            raise HistoryLost(
                f"Root {root.number} of {root.body['made_at']} was published and {known}: history was lost.",
                next_step=_SETTLE,
            )


def newest(tx: Tx) -> Root | None:
    """The last root."""
    return next(iter(roots(tx, limit=1)), None)


def by_number(tx: Tx, number: int) -> Root | None:
    """One root."""
    row = tx.execute(select(RootRow.body, RootRow.signature).where(RootRow.number == number)).one_or_none()
    return Root(json.loads(row[0]), row[1]) if row else None


def roots(tx: Tx, *, limit: int = 400, before: int | None = None) -> tuple[Root, ...]:
    """The newest first."""
    query = select(RootRow.body, RootRow.signature).order_by(RootRow.number.desc()).limit(limit)
    if before is not None:
        query = query.where(RootRow.number < before)
    return tuple(Root(json.loads(body), signature) for body, signature in tx.execute(query))


def read_published(text: str) -> tuple[Root, ...]:
    """Roots out of a published text: one, or {"roots": [...]}. Raises ValueError, KeyError or TypeError."""
    found = json.loads(text)
    read = found.get("roots", [found])
    made = tuple(Root(one["body"], str(one["signature"])) for one in read)
    for root in made:
        _ = root.number, root.made_at, root.day, root.digest, root.head("")
    return made


def _put(tx: Tx, root: Root) -> None:
    text = canonical(root.body).decode()
    values = {"number": root.number, "day": root.day, "made_at": root.made_at, "body": text}
    tx.execute(insert(RootRow).values(signature=root.signature, **values))


def _lost(tx: Tx, last: Root | None) -> list[dict[str, Any]]:
    """Chains that are shorter than the last root says, or are others: what a restored backup leaves behind."""
    if last is None:
        return []
    found = []
    for said in last.body["heads"]:
        practice, had = said["practice"], int(said["sequence"])
        if link_at(tx, practice, had) != said["link"]:
            found.append({"practice": practice, "kept": _kept(tx, practice, last), "had": had})
    return found


def link_at(tx: Tx, practice: str, sequence: int) -> str:
    """The link of one act as the database has it; empty for none."""
    query = select(SealRow.link).where(SealRow.practice == practice, SealRow.sequence == sequence)
    found = tx.scalars(query).one_or_none()
    return bytes(found).hex() if found is not None else ""


def _kept(tx: Tx, practice: str, last: Root) -> int:
    """Up to where the chain is certainly the one that was published."""
    head = heads(tx, [practice]).get(practice)
    if head is None:
        return 0
    if head.sealed_at is not None and head.sealed_at <= last.made_at and head.sequence < last.head(practice)[0]:
        return head.sequence  # it was cut short, and nothing has been added since
    before: int | None = None
    while some := roots(tx, limit=100, before=before):
        for root in some:
            sequence, link = root.head(practice)
            if sequence == 0 or link_at(tx, practice, sequence) == link:
                return sequence
        before = some[-1].number
    return 0


def _listed(lost: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{one['practice']} {one['kept'] + 1} to {one['had']}" for one in lost)
