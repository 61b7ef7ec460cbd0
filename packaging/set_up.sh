#!/usr/bin/env bash
# Makes .venv from requirements.lock and development.lock, so that `make demo` and `make test` need nothing before them.
# Instant when nothing changed. Several at once wait for one another. The only thing it may ask of you is one line, when it may not install Debian packages itself.
#
#   PYTHON=python3    the interpreter to build on; 3.11 or newer
#
# Exit codes: 0 ready; 1 something failed, said above; 2 packages are missing and the line to copy is printed.
set -euo pipefail

cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=.venv
stamp=$venv/tillbook-stamp

say() { printf '%s\n' "$*" >&2; }

if ! command -v "$python" >/dev/null; then
    say "Tillbook needs Python 3.11 or newer, and '$python' was not found. Install it, or name yours: make PYTHON=/path/to/python3.11 ..."
    exit 1
fi
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "Tillbook needs Python 3.11 or newer, and '$python' is Python $version. Name a newer one: make PYTHON=/path/to/python3.11 ..."
    exit 1
fi

# --- Debian packages: looked for, never assumed -------------------------------------------------------------------------
missing=()
on_debian() { command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]; }

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    missing+=("python$version-venv")
fi
if on_debian; then
    # strace is for the tests: it makes system calls fail and kills at them.
    libraries=(libgl1 libegl1 libxkbcommon0 libglib2.0-0 libfontconfig1 libdbus-1-3 strace)
    # The tests look at HQ's pages in Debian's own browser.
    libraries+=(chromium)
    # A window on a screen; and xvfb with XTEST, where the tests of the scanner press real keys.
    libraries+=(libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libxtst6 xvfb)
    for library in "${libraries[@]}"; do
        # Debian 13 renamed glib for its 64-bit time.
        installed "$library" || installed "${library}t64" || missing+=("$library")
    done
fi

if [ ${#missing[@]} -gt 0 ]; then
    install="apt-get install -y --no-install-recommends ${missing[*]}"
    if ! on_debian; then
        say "'$python' lacks its venv module. Install it with your system's package manager, then run the command again."
        exit 2
    elif [ "$(id -u)" = 0 ]; then
        as_root=()
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        say "sudo sh -c 'apt-get update && $install'"
        exit 2
    fi
    say "Installing Debian packages: ${missing[*]}"
    run_apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >&2; }
    if ! run_apt $install 2>/dev/null; then  # unquoted: it is a list of words
        run_apt apt-get update && run_apt $install || { say "apt-get could not install: ${missing[*]}"; exit 1; }
    fi
fi

# --- the virtual environment ----------------------------------------------------------------------------------------------
# Of pyproject.toml only the commands and the path matter here, so that a changed lint rule does not install everything anew.
wanted=$({ cat requirements.lock packaging/development.lock packaging/set_up.sh; grep -E '__main__:main|dev-mode-dirs' pyproject.toml; } | sha256sum | cut -d' ' -f1)
wanted="$wanted $version $PWD"
if command -v flock >/dev/null; then
    exec 9>.set-up-lock
    flock 9
fi
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x $venv/bin/python ]; then
    exit 0
fi
say "Making .venv from the lock files (Python $version) ..."
rm -f "$stamp"
if ! $venv/bin/python -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$version" 2>/dev/null; then
    rm -rf $venv
    "$python" -m venv $venv
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
$venv/bin/python -m pip install --quiet --quiet --require-hashes --only-binary :all: -r requirements.lock -r packaging/development.lock
# The checkout itself, with its two commands; what builds it is in the lock already, so this asks no network.
$venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
printf '%s' "$wanted" >"$stamp"
say "Ready."
