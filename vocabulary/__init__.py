"""How we speak: frozen values and enums, pure; no I/O, no clock, no third-party imports."""
