"""A practice's own affairs with the hub, at a browser: its connection, how hosts answer, who is signed in."""
