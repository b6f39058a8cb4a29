"""The hub on the command line: `flask …`, one file a family of commands; each parses, calls a verb and prints."""
