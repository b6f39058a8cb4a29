"""Property tests here are timed by nobody: the machine that runs them may be busy."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
