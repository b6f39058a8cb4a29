"""One phone line to one system: an HTTP session that says exactly what is known of a call that went wrong.

Nothing sent → Unreachable. Something sent and no complete answer → NoAnswer. An answer that is neither a success nor a
proper refusal → Garbled. Reads are tried again within a budget; a write goes out once, on a connection of its own.
"""

import json
import logging
import random
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
import urllib3

from connectors.breaker import Breaker
from connectors.faults import Fault, Unreachable, Unsupported
from connectors.patience import left
from connectors.sockets import Attempt, WitnessingAdapter, attempt, tls_context
from connectors.verdicts import HOST, Answer, Recognise, TooLarge, judge, transient, what_is_known
from connectors.witness import Exchanged, somebody_watches, tell
from gp_connect.spine_codes import Owner

_log = structlog.get_logger("connectors.line")

# urllib3 puts whole URLs, so NHS numbers, into its records: none of them may pass, at whatever level somebody sets.
for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.response", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(lambda _record: False)

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)


@dataclass(frozen=True, slots=True)
class LineSettings:
    """Budgets of one line, in seconds and bytes. `budget` covers one call with all its tries."""

    connect: float = 2.0
    silence: float = 5.0
    budget: float = 8.0
    tries: int = 2
    largest_answer: int = 8 * 1024 * 1024
    trust: str = ""  # path of a PEM file with the authorities to trust; empty: the machine's
    certificate: str = field(default="", repr=False)  # path of a PEM file with our certificate and its key


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `template` is the path as logs may show it; `sign` makes the headers of each try from its GUID."""

    method: str
    template: str
    path: str = field(repr=False)
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    form: Callable[[], Mapping[str, str]] | None = field(default=None, repr=False)  # in the body's place, new each try
    sign: Callable[[str], Mapping[str, str]] = field(default=lambda _guid: {}, repr=False)
    reads: bool = True  # False for whatever changes something at the host: sent once
    about: str = ""  # the interaction's name, for the wire trace; what has none is not traced
    part: str = ""  # what of the host is asked: each part has a breaker of its own, for one may be dead alone
    recognise: Recognise = field(default=lambda _text: None, repr=False)


class Line:
    """The line to one service root. Safe to share between threads; `trace_id` ties its log lines to the page or job."""

    def __init__(
        self,
        address: str,
        *,
        name: str,
        subject: str = HOST,
        settings: LineSettings | None = None,
        breaker: Callable[[], Breaker] = Breaker,
    ) -> None:
        self.name = name
        self._subject = subject
        self._address = _checked(address)
        self._settings = settings or LineSettings()
        self._new_breaker = breaker
        self._breakers: dict[str, Breaker] = {}
        self._lock = Lock()
        self._tls = _tls(self._settings) if self._address.startswith("https://") else None
        self._session = self._new_session(connections=2)

    def breaker(self, part: str = "") -> Breaker:
        """The breaker of one part of the host."""
        with self._lock:
            if part not in self._breakers:
                self._breakers[part] = self._new_breaker()
            return self._breakers[part]

    def ask(self, ask: Ask, *, trace_id: str) -> Answer:
        """Send it and return the answer, or raise Unreachable, NoAnswer or Garbled."""
        if left(self._settings.budget) <= 0:
            raise Unreachable(
                f"There was no time left to ask. {self._subject} was sent nothing.", detail="budget spent"
            )
        breaker = self.breaker(ask.part)
        if not breaker.admit(may_probe=ask.reads):
            raise Unreachable(
                f"{self._subject} is not answering at the moment; the hub will try it again shortly.",
                detail=f"breaker open, {breaker.rests_for:.0f} s to go",
                owner=Owner.HOST_SUPPLIER,
                next_step="Phone the practice if it cannot wait.",
            )
        settled = False
        try:
            answer = self._ask_within_budget(ask, trace_id)
            breaker.succeeded()
            settled = True
            return answer
        except Fault:
            breaker.failed()
            settled = True
            raise
        finally:
            if not settled:
                breaker.abandoned()

    def close(self) -> None:
        """Hang up: idle connections are closed."""
        self._session.close()

    def _ask_within_budget(self, ask: Ask, trace_id: str) -> Answer:
        ends = time.monotonic() + left(self._settings.budget)
        tries = self._settings.tries if ask.reads else 1
        for number in range(1, tries + 1):
            outcome = self._try_once(ask, trace_id, seconds=ends - time.monotonic(), number=number)
            if isinstance(outcome, Answer):
                return outcome
            pause = random.uniform(0.05, 0.15) * number  # noqa: S311 jitter, not a secret
            worth_it = transient(outcome) and ends - time.monotonic() > pause + 0.1
            if number == tries or not worth_it:
                raise outcome
            time.sleep(pause)
        raise AssertionError("unreachable: a line tries at least once")

    def _try_once(self, ask: Ask, trace_id: str, *, seconds: float, number: int) -> Answer | Fault:
        guid = str(uuid.uuid4())
        headers = {"Accept-Encoding": "gzip", **ask.sign(guid)}
        began = time.monotonic()
        status = 0
        silence = self._settings.silence if ask.reads else seconds  # an unknown write costs more than a long wait
        with attempt(seconds, longest_silence=silence) as this:
            try:
                status, received, raw = self._exchange(ask, headers, this)
                outcome = judge(status, received, raw, self._subject, recognise=ask.recognise, reads=ask.reads)
            except _FAILURES as failure:
                outcome = what_is_known(failure, this, self._subject)  # its text holds the URL: only its class goes on
        ms = round((time.monotonic() - began) * 1000, 1)
        _log.info(
            "host_call",
            line=self.name,
            method=ask.method,
            path=ask.template,
            status=status,
            outcome="answered" if isinstance(outcome, Answer) else type(outcome).__name__,
            detail="" if isinstance(outcome, Answer) else outcome.detail,
            ms=ms,
            attempt=number,
            trace_id=trace_id,
            request_id=guid,
        )
        if ask.about and somebody_watches():
            tell(_exchanged(ask, status, outcome, ms=ms, attempt=number, trace_id=trace_id, request_id=guid))
        return outcome

    def _exchange(self, ask: Ask, headers: Mapping[str, str], this: Attempt) -> tuple[int, Mapping[str, str], bytes]:
        """One request and its whole answer. A write has its own connection: the host may close an idle one just as
        we write on it, and then nobody could tell whether the booking arrived."""
        session = self._session if ask.reads else self._new_session(connections=1)
        try:
            response = session.request(
                ask.method,
                self._address + ask.path,
                params=list(ask.params),
                data=_sent(ask),
                headers=dict(headers),
                timeout=(min(self._settings.connect, max(this.left, 0.001)), this.longest_silence),
                allow_redirects=False,
                stream=True,
            )
            try:
                return response.status_code, response.headers, self._read(response)
            finally:
                response.close()
        finally:
            if session is not self._session:
                session.close()

    def _read(self, response: requests.Response) -> bytes:
        pieces = []
        size = 0
        for piece in response.iter_content(64 * 1024):
            size += len(piece)
            if size > self._settings.largest_answer:
                raise TooLarge
            pieces.append(piece)
        return b"".join(pieces)

    def _new_session(self, *, connections: int) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no .netrc may replace our Authorization header
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.verify = self._settings.trust or True
        for scheme in ("http://", "https://"):
            session.mount(scheme, WitnessingAdapter(self._tls, pool_connections=1, pool_maxsize=connections))
        return session


def _exchanged(
    ask: Ask, status: int, outcome: Answer | Fault, *, ms: float, attempt: int, trace_id: str, request_id: str
) -> Exchanged:
    said = ("ok" if outcome.ok else "refused") if isinstance(outcome, Answer) else type(outcome).__name__
    return Exchanged(
        interaction=ask.about,
        message_set=ask.part,
        method=ask.method,
        path=ask.template,
        status=status,
        outcome=said,
        detail="" if isinstance(outcome, Answer) else outcome.detail,
        ms=ms,
        attempt=attempt,
        trace_id=trace_id,
        request_id=request_id,
        params=ask.params,
        sent=ask.body,
        received=outcome.body if isinstance(outcome, Answer) else None,
    )


def _sent(ask: Ask) -> bytes | dict[str, str] | None:
    if ask.form is not None:
        return dict(ask.form())
    return None if ask.body is None else json.dumps(ask.body).encode()


def _checked(address: str) -> str:
    parts = urlsplit(address)
    loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or loopback):
        raise Unsupported(
            "The address of the practice's system must begin with https:// (http:// is for this machine only).",
            detail="link address",
        )
    return address.rstrip("/")


def _tls(settings: LineSettings) -> ssl.SSLContext:
    try:
        return tls_context(settings.trust, settings.certificate)
    except OSError as error:  # ssl's own errors among them
        raise Unsupported(
            "The hub cannot read the certificates for this practice's system. Tell whoever runs the hub.",
            detail=f"a certificate file named for this link is missing or unusable ({type(error).__name__})",
            owner=Owner.HUB,
        ) from None
