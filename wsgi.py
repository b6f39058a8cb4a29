"""What gunicorn and `flask --app wsgi` load; nothing else."""

from hub.app import create_app
from hub.config import Config

application = create_app(Config.from_env())
