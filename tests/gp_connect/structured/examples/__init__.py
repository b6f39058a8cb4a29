"""Examples published with the specification, as data: see README.md beside this file."""
