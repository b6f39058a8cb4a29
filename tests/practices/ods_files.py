"""Crafted copies of the published files, right until a test spoils them."""

from dataclasses import dataclass, field
from pathlib import Path

from practices.importing import PracticeFiles

BOM = b"\xef\xbb\xbf"


def practice_line(
    ods: str = "L81001",
    name: str = "THE HIGH STREET SURGERY",
    *,
    postcode: str = "BS3 1AS",
    status: str = "A",
    commissioner: str = "15C",
    phone: str = "0117 496 0001",
    setting: str = "4",
    closed: str = "",
) -> str:
    cells = [""] * 27
    cells[0], cells[1], cells[4], cells[7], cells[9] = ods, name, "1 HIGH STREET", "BRISTOL", postcode
    cells[10], cells[11], cells[12], cells[14] = "19740401", closed, status, commissioner
    cells[17], cells[25] = phone, setting
    return ",".join(f'"{cell}"' for cell in cells)


def size_line(ods: str = "L81001", patients: str = "8000", commissioner: str = "15C") -> str:
    return f"GP_PRAC_PAT_LIST,01JAN2021,GP,{commissioner},E38000222,{ods},BS3 1AS,ALL,ALL,{patients}"


@dataclass
class OdsFolder:
    """A folder of published files; a test changes the lines, then asks for `files`."""

    folder: Path
    practices: list[str] = field(default_factory=lambda: [practice_line(), practice_line("L81002", "RIVERSIDE")])
    sizes: list[str] = field(default_factory=lambda: [size_line(), size_line("L81002", "12,500".replace(",", ""))])
    suppliers: list[str] = field(default_factory=lambda: ["L81001,EMIS", "L81002,TPP"])
    places: list[str] = field(default_factory=lambda: ["1,BS3,51.43776,-2.60144", "2,BS16,51.48496,-2.50988"])

    @property
    def files(self) -> PracticeFiles:
        size_header = "PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS"
        return PracticeFiles(
            epraccur=self.write("epraccur.csv", self.practices),
            list_sizes=self.write("sizes.csv", [size_header, *self.sizes]),
            suppliers=self.write("suppliers.csv", ["ODSCode,Supplier", *self.suppliers]),
            places=self.write("places.csv", ["id,postcode,latitude,longitude", *self.places]),
        )

    def write(self, name: str, lines: list[str]) -> Path:
        path = self.folder / name
        path.write_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape"))
        return path
