"""The GP Connect door: each practice's pooled clinics, offered to other systems as a provider of the national standard.

It parses into the same verbs as the other doors; the rules of the standard are gp_connect/provider_rules.
"""

from flask import Flask

from hub.fhir.door import blueprint


def register(app: Flask) -> None:
    """Put the door into the application. Whether anybody may come in is the configuration's to say."""
    app.register_blueprint(blueprint)
