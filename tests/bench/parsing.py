"""How long a bundle of 200 free slots takes from bytes to slots: `python -m tests.bench.parsing`. No test: it times."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from gp_connect import media, slots
from gp_connect.media import Format
from gp_connect.slots import Includes
from tests.gp_connect.strategies import HOST
from tests.gp_connect.test_slots import OWN, SESSION, diary
from vocabulary.slots import Location, Slot

ROUNDS = 300


def two_hundred() -> list[Slot]:
    """Ten sessions of twenty slots, in three places."""
    found: list[Slot] = []
    for number in range(10):
        place = Location(f"place-{number % 3}", "Host Surgery", ("1 High Street", "Bristol"), "BS1 4DJ")
        session = replace(SESSION, host_id=f"session-{number}", location=place)
        found += [replace(slot, host_id=f"{number}-{slot.host_id}", session=session) for slot in diary(20)]
    return found


def milliseconds(act: Callable[[], object]) -> tuple[float, float, float]:
    """The quickest, the median and the slowest twentieth of many rounds, in processor time: others may be busy."""
    taken = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        act()
        taken.append((time.thread_time() - began) * 1000)
    return min(taken), statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def main() -> None:
    """Print the figures for both formats."""
    bundle = slots.write(two_hundred(), Includes(OWN))
    for sent in Format:
        body = media.write(bundle, sent)
        assert len(slots.read(media.read(body, sent), HOST)) == 200
        best, median, slow = milliseconds(lambda body=body, sent=sent: slots.read(media.read(body, sent), HOST))  # type: ignore[misc]
        words = f"{sent.name}: {len(body) // 1024} KiB; best {best:.2f} ms, median {median:.2f} ms, p95 {slow:.2f} ms\n"
        sys.stdout.write(words)
    written = milliseconds(lambda: json.dumps(slots.write(two_hundred(), Includes(OWN))))
    sys.stdout.write(f"written as JSON: best {written[0]:.2f} ms, median {written[1]:.2f} ms\n")


if __name__ == "__main__":
    main()
