"""`python -m demo.installing FILE`: install hashed requirements, showing that it goes on. Standard library only."""

import subprocess
import sys

from demo.words import Terminal, step


def main(arguments: list[str]) -> int:
    """Install one requirements file into this very Python; returns the exit status."""
    [file] = arguments
    # Wheels only: building one would run its author's code and want a compiler.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--only-binary", ":all:", "--require-hashes", "--requirement", file]
    with step(Terminal(), "Installing the Python packages"):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        print(
            "The Python packages could not be installed: see above; a start with the network up mends most.",
            file=sys.stderr,
        )
    return done.returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
