"""What forms send, turned into commands. Only form is checked here; every rule is the desk's."""
