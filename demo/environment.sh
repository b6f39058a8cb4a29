# Sourced by ./run and ./test. Finds Python, makes .venv from the hashed requirements, and sets $python.
# Expects $here (the checkout) and $want (demo or dev). POSIX sh.

refuse() {
    printf '%s\n' "$*" >&2
    exit 1
}

is_debian_root() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# Install Debian packages as root after saying so, or name the one command that does.
provide() {
    if is_debian_root; then
        printf '  This machine lacks %s: installing it with apt-get.\n' "$*"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"; } >/dev/null 2>&1 && return
        refuse "apt-get could not install $*: run 'apt-get update && apt-get install $*' to see why, then start again."
    fi
    if command -v apt-get >/dev/null 2>&1; then
        refuse "This machine lacks $*: run 'sudo apt-get install $*', then start again."
    fi
    refuse "This machine lacks $*: install it with your system's package manager, then start again."
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            base_python=$candidate
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo "no Python at all")
    refuse "Python 3.11 or newer is needed and $found was found: install one, or name it: PYTHON=/path/to/python3.12 $0"
}

# A value that changes when the environment no longer fits.
stamp_of() {
    "$here/.venv/bin/python" -c 'import sys; print(*sys.version_info[:2], sys.platform)' && cksum <"$1"
}

fits() {
    [ -f "$here/.venv/installed-$1" ] && [ "$(stamp_of "$here/requirements-$1.txt")" = "$(cat "$here/.venv/installed-$1")" ]
}

make_environment() {
    if ! new_enough "$here/.venv/bin/python"; then
        find_python
        version=$("$base_python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        "$base_python" -c 'import ensurepip, venv' >/dev/null 2>&1 || provide "python$version-venv"
        "$base_python" -c 'import zoneinfo; zoneinfo.ZoneInfo("Europe/London")' >/dev/null 2>&1 || provide tzdata
        [ -w "$here" ] || refuse "You may not write to $here: make a clone of your own and start it there."
        printf '  Making the Python environment in .venv\n'
        "$base_python" -m venv --clear "$here/.venv" ||
            refuse "Python could not make its environment in $here/.venv: delete that folder and start again."
    fi
    python=$here/.venv/bin/python
    fits "$want" && return
    [ -w "$here/.venv" ] || refuse "You may not write to $here/.venv: make a clone of your own and start it there."
    PYTHONPATH=$here "$python" -P -m demo.installing "$here/requirements-$want.txt" || exit 1
    stamp_of "$here/requirements-$want.txt" >"$here/.venv/installed-$want"
    # What the tests need contains what the demo needs, at the same versions: both are locked together.
    [ "$want" = demo ] || stamp_of "$here/requirements-demo.txt" >"$here/.venv/installed-demo"
}
