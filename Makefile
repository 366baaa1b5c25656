# `make demo` and `make test` do all their own set-up; see README.md.
PYTHON ?= python3
COLAB_PYTHON ?= python3.13
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: setup demo test prove bench colab lint clean

setup: .venv/.ready

.venv/.ready: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" sh scripts/setup.sh
	@touch $@

demo: setup
	@$(BIN)/python -m autograder demo

test: setup lint
	@$(BIN)/python -m pytest -n 2 --dist loadgroup
	@$(BIN)/python -m pytest -n 2 -p tests.cuda.pretended tests/cuda

lint: setup
	@$(BIN)/ruff check autograder deeprob tests benchmarks notebooks
	@$(BIN)/mypy

prove: setup
	@$(BIN)/python -m autograder prove
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m long

bench: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@$(BIN)/python -m benchmarks

colab:
	@PYTHON="$(COLAB_PYTHON)" sh scripts/colab.sh

clean:
	rm -rf .venv .venv-colab build dist demo results .pytest_cache .mypy_cache .ruff_cache
