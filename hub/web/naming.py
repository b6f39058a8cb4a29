"""What practices are called, for pages that show codes as names."""

from hub.wiring import Hub, current_hub


def practice_names(hub: Hub | None = None) -> dict[str, str]:
    """The names of all open practices by ODS code. `hub` is given where no request is: behind a page's back."""
    book = (hub or current_hub()).address_book
    return {practice.ods.value: practice.name for practice in book.practices()}
