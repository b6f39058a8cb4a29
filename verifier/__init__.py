"""The stand-alone verifier: one file that an outsider takes along (docs/audit.md)."""
