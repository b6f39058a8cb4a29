"""What one demo keeps between two starts: its ports and secrets, and with them the environment of its children."""

import json
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from demo.ports import free_port
from demo.postgres import DatabaseUrls
from demo.private_files import write_private

CLIENT_ID = "practice-hub"
API_AUDIENCE = "hub-api"
_FILE = "settings.json"
_AUDIT_KEY = "audit-key.pem"
_SENSITIVE_CODES = Path(__file__).parent / "sensitive-codes.txt"


@dataclass(frozen=True, slots=True)
class Settings:
    """Ports and secrets of one demo. The ports stay, because the database holds the simulator's address."""

    data: Path
    hub_port: int
    simulator_port: int
    signin_port: int
    database_port: int
    secret_key: str = field(repr=False)
    client_secret: str = field(repr=False)

    @property
    def hub_url(self) -> str:
        return f"http://127.0.0.1:{self.hub_port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def signin_url(self) -> str:
        return f"http://127.0.0.1:{self.signin_port}"

    def environment(self, database: DatabaseUrls) -> dict[str, str]:
        """What the children find in their environment (the names are those of hub/config.py)."""
        return {
            "HUB_MODE": "demo",
            "DATABASE_URL": database.app,
            "DATABASE_OWNER_URL": database.owner,
            "SECRET_KEY": self.secret_key,
            "HUB_URL": self.hub_url,
            "HUB_DATA": str(self.data / "hub"),
            "PROMETHEUS_MULTIPROC_DIR": str(self.data / "hub" / "counters"),  # so that the worker's are shown too
            # Browsers do not tell ports apart in cookies: two demos side by side need two names.
            "HUB_COOKIE": f"hub_session_{self.hub_port}",
            "OIDC_ISSUER": self.signin_url,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": self.client_secret,
            "API_ISSUER": self.signin_url,
            "API_JWKS_URL": f"{self.signin_url}/jwks",
            "API_AUDIENCE": API_AUDIENCE,
            "SIMULATOR_URL": self.simulator_url,
            "PDS_URL": f"{self.simulator_url}/pds",
            "HUB_AUDIT_KEY": str(self.data / _AUDIT_KEY),
            "HUB_AUDIT_DROP": str(self.data / "published-roots"),
            "HUB_SENSITIVE_CODES": str(_SENSITIVE_CODES),
            # One practice takes visit summaries by MESH: no client empties this folder, connectors/mesh/twin.py may.
            "HUB_MESH_FOLDER": str(self.data / "mesh"),
            "HUB_MESH_MAILBOX": "X26OT001",
            "HUB_MESH_PRACTICES": "Y90005",
            "FLASK_APP": "wsgi",
        }


def settle(data: Path, *, hub_port: int) -> Settings:
    """The settings of the demo in `data`: those of its last start as far as they can be had, else new ones."""
    kept = _read(data)
    settled = Settings(
        data=data,
        hub_port=hub_port,
        simulator_port=free_port(kept.get("simulator_port")),
        signin_port=free_port(kept.get("signin_port")),
        database_port=free_port(kept.get("database_port")),
        secret_key=kept.get("secret_key") or secrets.token_urlsafe(32),
        client_secret=kept.get("client_secret") or secrets.token_urlsafe(32),
    )
    remembered = {name: getattr(settled, name) for name in Settings.__slots__ if name not in ("data", "hub_port")}
    write_private(data / _FILE, json.dumps(remembered, indent=1))
    if not (data / _AUDIT_KEY).exists():
        write_private(data / _AUDIT_KEY, _new_audit_key())
    return settled


def write_environment(data: Path, environment: Mapping[str, str]) -> Path:
    """Write the children's environment as a private shell file, for commands typed beside the running demo."""
    file = data / "environment"
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(environment.items())]
    write_private(file, "".join(lines))
    return file


def _new_audit_key() -> str:
    """The key of the signed roots; in production a person makes it (`flask audit new-key`)."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _read(data: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads((data / _FILE).read_text())
        return kept
    except FileNotFoundError:
        return {}
