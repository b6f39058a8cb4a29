"""Files put to a draft, such as its impact assessment: of which kinds, how large; the document names each by hash."""

import hashlib
import re
from dataclasses import replace

from sqlalchemy import delete, insert

from sharing_agreements.deeds import Deed, DeedRefused
from sharing_agreements.drafting import Ref, draft_of
from sharing_agreements.lifecycle import Act
from sharing_agreements.models import AgreementRow, AttachmentRow
from sharing_agreements.rows import attached, of, write

BIGGEST = 5 * 1024 * 1024
_MOST_FILES = 10
_KINDS = {  # what a file may be: by its name's end, with the bytes it begins with
    "pdf": ("application/pdf", b"%PDF-"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    "odt": ("application/vnd.oasis.opendocument.text", b"PK\x03\x04"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "txt": ("text/plain", b""),
}
_UNSAFE = re.compile(r"[^\w .()-]+")


def attach(deed: Deed, ref: Ref, name: str, content: bytes) -> str:
    """Put a file to the draft; its SHA-256. The same file twice is there once."""
    row = draft_of(deed, ref, Act.REVISE)
    shown, media_type = _checked(name, content)
    there = attached(deed, row)
    sha256 = hashlib.sha256(content).hexdigest()
    if any(each.sha256 == sha256 for each in there):
        return sha256
    if len(there) >= _MOST_FILES:
        raise DeedRefused(f"An agreement takes {_MOST_FILES} files.", next_step="Take one out first.")
    values = {"name": shown, "media_type": media_type, "size": len(content), "sha256": sha256, "content": content}
    who = {"added_by": deed.caller.user_id, "added_by_name": deed.caller.name, "added_at": deed.at}
    deed.tx.execute(insert(AttachmentRow).values(agreement_id=row.id, **values, **who))
    _refresh_files(deed, row)
    deed.tell("agreement.attached", row, name=shown, sha256=sha256, size=len(content))
    return sha256


def detach(deed: Deed, ref: Ref, sha256: str) -> None:
    """Take a file out of the draft; one that is not there has been taken out already."""
    row = draft_of(deed, ref, Act.REVISE)
    gone = delete(AttachmentRow).where(AttachmentRow.agreement_id == row.id, AttachmentRow.sha256 == sha256)
    name = deed.tx.scalar(gone.returning(AttachmentRow.name))
    if name is not None:
        _refresh_files(deed, row)
        deed.tell("agreement.detached", row, name=name, sha256=sha256)


def _refresh_files(deed: Deed, row: AgreementRow) -> None:
    row.revision += 1
    write(deed, row, replace(of(deed.tx, row), attachments=attached(deed, row)))


def _checked(name: str, content: bytes) -> tuple[str, str]:
    """The file's name as it is kept, and its kind, which its first bytes have to bear out. Raises DeedRefused."""
    shown = _UNSAFE.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")[-100:]
    ending = shown.rsplit(".", 1)[-1].lower().replace("jpeg", "jpg")
    if not content:
        raise DeedRefused("The file is empty, or none was chosen.", next_step="Choose a file.")
    if len(content) > BIGGEST:
        raise DeedRefused("The file is larger than 5 megabytes.", next_step="Choose a smaller one, or cut it in two.")
    kind = _KINDS.get(ending)
    if kind is None or "." not in shown or not content.startswith(kind[1]):
        raise DeedRefused(
            f"This is not a file of a kind that is kept here: {', '.join(_KINDS)}.",
            next_step="Save it as one of these kinds and choose it again.",
        )
    return shown, kind[0]
