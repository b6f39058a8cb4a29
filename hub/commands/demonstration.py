"""`flask demo token PERSONA`: a bearer token for the JSON door, as somebody of the demo."""

import click
import requests
from flask.cli import AppGroup

from hub.wiring import current_hub

demo_cli = AppGroup("demo", help="Only in the demo: everybody in it is invented.")
_TIMEOUT = 5.0


@demo_cli.command("token")
@click.argument("persona")
@click.option("--role", default="", help="for somebody with several posts: this role")
@click.option("--practice", default="", metavar="ODS", help="for somebody with several posts: at this practice")
def token(persona: str, role: str, practice: str) -> None:
    """Print a token for PERSONA, such as receptionist.y90001. It lasts an hour."""
    config = current_hub().config
    if not config.is_demo:
        raise click.ClickException("This is not the demo: ask your sign-in service for tokens.")
    asked = {"person": persona, "role": role, "practice": practice}
    try:
        answer = requests.post(f"{config.api_issuer}/demo/token", json=asked, timeout=_TIMEOUT)
        said = answer.json()
    except (requests.RequestException, ValueError):
        raise click.ClickException("The demo's sign-in does not answer: start the demo with ./run first.") from None
    if "access_token" not in said:
        reason = said.get("error_description", "it gave no reason")
        raise click.ClickException(
            f"The demo's sign-in gave no token: {reason}. Persons are written as ROLE.PRACTICE, such as "
            "receptionist.y90001; `./run` listed who there is when it started."
        )
    click.echo(said["access_token"])
