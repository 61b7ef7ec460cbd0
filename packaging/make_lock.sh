#!/usr/bin/env bash
# Writes requirements.lock anew from pyproject.toml: newest versions that agree, for every system, with the hashes of their wheels.
# Takes the network and uv (https://docs.astral.sh/uv). Why a pip file: docs/decisions/0001-lock-file.md.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
command -v "$uv" >/dev/null || { echo "make lock needs uv: 'pip install uv', or name it: make lock UV=/path/to/uv" >&2; exit 1; }
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
"$uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --only-binary :all: \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --group dev --output-file "$fresh"
{
    echo "# Every package Tillbook and its tests need, exact and with hashes. Made by 'make lock'; see docs/decisions/0001-lock-file.md."
    cat "$fresh"
} >requirements.lock
