"""Access Record: Structured (GP Connect 1.6.2), both ways and pure: the request, and a Bundle ↔ vocabulary/records.py.

The reader is tolerant: an entry it cannot understand is counted, never dropped silently, and never stops the rest.
"""
