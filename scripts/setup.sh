# Makes .venv with the pinned packages, and installs bubblewrap where this user may. Called by make; safe to run again.
set -eu
PYTHON=${PYTHON:-python3}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }
apt_install() { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "setup: $PYTHON is older than 3.11. Next step: make PYTHON=python3.11 setup" >&2
    exit 1
fi
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    if may_install; then
        apt_install python3-venv
    else
        echo "setup: Python's venv module is missing. Next step: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
if ! command -v bwrap >/dev/null 2>&1; then
    if may_install; then
        apt_install bubblewrap || echo "setup: could not install bubblewrap" >&2
    fi
    command -v bwrap >/dev/null 2>&1 ||
        echo "setup: without bubblewrap, grading isolates less. Next step: sudo apt-get install bubblewrap" >&2
fi

[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[grader,cluster,dev]'
