# Runs the notebooks and the student's side under Colab's versions, in .venv-colab. Called by `make colab`; safe to run again.
set -eu
PYTHON=${PYTHON:-python3.13}
BIN=.venv-colab/bin

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
    echo "colab: Colab has Python 3.13, and $PYTHON is none. Next step: make colab COLAB_PYTHON=/path/to/python3.13" >&2
    exit 1
fi
if [ ! -e .venv-colab/.ready ] || [ scripts/colab_versions.txt -nt .venv-colab/.ready ] || [ "$0" -nt .venv-colab/.ready ]; then
    echo "colab: making .venv-colab; this torch comes with several GB of CUDA libraries"
    [ -x $BIN/python ] || "$PYTHON" -m venv .venv-colab
    $BIN/python -m pip install --quiet --disable-pip-version-check --constraint scripts/colab_versions.txt \
        notebook nbgrader jupytext nbformat greenlet '.[dev]'
    $BIN/python -m pip uninstall --quiet --disable-pip-version-check --yes deeprob # what is tested is this folder
    touch .venv-colab/.ready
fi
$BIN/python - <<'VERSIONS'
import IPython, ipykernel, ipywidgets, numpy, sys, torch

had = {m.__name__: m.__version__ for m in (torch, numpy, IPython, ipykernel, ipywidgets)}
print("Python", sys.version.split()[0], *(f"{name} {version}," for name, version in had.items()))
VERSIONS
PATH="$PWD/$BIN:$PATH" PYTHONPATH="$PWD" $BIN/python -m pytest -n 2 --dist loadgroup -o filterwarnings=default tests/notebooks tests/deeprob
