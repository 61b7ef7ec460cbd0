#!/usr/bin/env bash
# Writes the two lock files anew from pyproject.toml: newest versions that agree, for every system, with the hashes of their wheels.
# requirements.lock is what a shop installs, packaging/development.lock what the tests need besides.
# Takes the network and uv (a resolver; `pip install uv`). Why pip files: docs/decisions/0001-lock-file.md.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
command -v "$uv" >/dev/null || { echo "make lock needs uv: 'pip install uv', or name it: make lock UV=/path/to/uv" >&2; exit 1; }
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

lock() {  # lock FILE WHAT-FOR ARGUMENTS...
    local file=$1 purpose=$2
    shift 2
    : >"$fresh"
    "$uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --only-binary :all: \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@" --output-file "$fresh"
    { echo "# $purpose Made by 'make lock'; see docs/decisions/0001-lock-file.md."; cat "$fresh"; } >"$file"
}
lock requirements.lock "Every package a shop needs, exact and with hashes." pyproject.toml
lock packaging/development.lock "What the tests and the tools need besides." --group pyproject.toml:dev --constraint requirements.lock
