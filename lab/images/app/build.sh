#!/bin/sh
# Runs in a Python container: a FastAPI project by paxx, and wheels of all it depends on, into /out.
set -eu
python3 -m venv /tmp/paxx
/tmp/paxx/bin/pip install --quiet --disable-pip-version-check "paxx==$PAXX_VERSION"
cd /out
/tmp/paxx/bin/paxx bootstrap shop >/dev/null
python3 -c 'import tomllib; print("\n".join(tomllib.load(open("shop/pyproject.toml", "rb"))["project"]["dependencies"]))' >requirements.txt
/tmp/paxx/bin/pip wheel --quiet --disable-pip-version-check --wheel-dir wheels --requirement requirements.txt
