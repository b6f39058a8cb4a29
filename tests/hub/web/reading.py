"""Reading pages as a person does: without the markup."""

import html
import re
from typing import Any


def words(answer: Any) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<(script|style|noscript).*?</\1>", " ", answer.text, flags=re.S)
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
    return re.sub(r" ([.,:;])", r"\1", text)


def headings(answer: Any) -> list[str]:
    return re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text, flags=re.S)
