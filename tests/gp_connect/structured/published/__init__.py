"""The clinical profiles as published, as facts."""
