"""The list of sensitive codes: read whole or not at all."""

import pytest

from records.sensitive import SensitiveCodes, UnreadableCodes, is_snomed_code

LIST = "# version: 2026-10\n# source: an example of four codes\n86406008\tone\n8098009\n\n57797005\n63487001  \n"


def test_a_list_says_which_edition_it_is() -> None:
    found = SensitiveCodes.read("\ufeff" + LIST)
    assert found.version == "2026-10" and found.source == "an example of four codes"
    assert found.codes == {"86406008", "8098009", "57797005", "63487001"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (LIST.replace("57797005", "57797006"), "line 6: “57797006” is not a SNOMED CT code"),
        (LIST.replace("57797005", "0123456"), "line 6: “0123456”"),
        (LIST.replace("57797005", "abortion"), "line 6: “abortion”"),
        (LIST.replace("# version: 2026-10", ""), "there is no line “# version: …”"),
        (LIST.replace(" an example of four codes", ""), "there is no line “# source: …”"),
        ("# version: 1\n# source: here\n", "it holds no code"),
        ("", "it holds no code"),
        ("# version: 1\n# source: here\n" + "wrong\n" * 9, "line 7: “wrong” is not a SNOMED CT code, and 5 more"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused_whole(text: str, complaint: str) -> None:
    with pytest.raises(UnreadableCodes) as refusal:
        SensitiveCodes.read(text)
    assert complaint in refusal.value.message and refusal.value.next_step


@pytest.mark.parametrize("code", ["22298006", "195967001", "717711000000103", "86406008"])
def test_a_code_with_one_digit_changed_or_two_swapped_is_no_code(code: str) -> None:
    """What a check digit is for (Verhoeff's finds every single and every neighbouring swap)."""
    assert is_snomed_code(code)
    for place, digit in enumerate(code):
        other = str((int(digit) + 1) % 10)
        assert not is_snomed_code(code[:place] + other + code[place + 1 :])
        if place and code[place - 1] != digit:
            assert not is_snomed_code(code[: place - 1] + digit + code[place - 1] + code[place + 1 :])


def test_other_digits_than_ours_make_no_code() -> None:
    assert not is_snomed_code("٨٦٤٠٦٠٠٨")
    assert not is_snomed_code("1234567890123456789")
