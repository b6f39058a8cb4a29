"""The demo's OpenID Connect provider: a process of its own on the loopback address, shaped like NHS CIS2.

Anybody who can reach it may sign in as any of the invented people, so it is never part of the hub's own application.
"""
