"""Ports on the loopback address."""

import random
import socket

# Below the range that systems draw outgoing connections' ports from, so that a port stays ours between two starts.
_FIRST, _LAST = 18_000, 29_999
_TRIES = 200


def free_port(preferred: int | None = None) -> int:
    """The preferred port if nobody has it, else one that nobody listens on just now."""
    if preferred is not None and is_free(preferred):
        return preferred
    numbers = random.SystemRandom()
    for _ in range(_TRIES):
        port = numbers.randint(_FIRST, _LAST)
        if is_free(port):
            return port
    raise OSError(f"no free port found between {_FIRST} and {_LAST}")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still being wound down counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
