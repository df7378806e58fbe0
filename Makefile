# Everything goes through .venv, which is made from the pinned, hashed requirements.lock.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
UV := 0.13.9

.PHONY: help install demo test lint lock bench clean

help:  ## say what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: .venv/installed  ## make .venv from the lock

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Brushwork needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/it." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: install  ## run the whole study on the built-in collection and show it
	$(BIN)/brushwork demo

test: install  ## run all tests, two files at a time
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: install  ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: install  ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command "make lock" pyproject.toml --output-file requirements.lock

bench: install .venv-peers/installed .venv-explain/installed .venv-generators/installed  ## print the benchmark tables
	$(BIN)/python benchmarks/two_schools.py
	$(BIN)/python benchmarks/generator_sizes.py
	.venv-generators/bin/python benchmarks/generator_steps.py
	$(BIN)/python benchmarks/generator_sampling.py
	$(BIN)/python benchmarks/generator_kills.py
	$(BIN)/python benchmarks/gpu/generators.py
	.venv-explain/bin/python benchmarks/explanations.py --slow
	.venv-explain/bin/python benchmarks/removal.py
	$(BIN)/python benchmarks/explanation_memory.py
	$(BIN)/python benchmarks/ingest.py --img2dataset .venv-peers/bin/python
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/feed.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/predict.py

.venv-peers/installed:  # a place of its own: what img2dataset pins differs from what we need
	$(PYTHON) -m venv .venv-peers
	$(BIN)/uv pip install --quiet --python .venv-peers/bin/python img2dataset
	@touch $@

.venv-explain/installed: .venv/installed  # other libraries of explanations beside what is locked
	$(PYTHON) -m venv .venv-explain
	$(BIN)/uv pip sync --quiet --python .venv-explain/bin/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python .venv-explain/bin/python --no-build-isolation --editable ".[bench]"
	@touch $@

.venv-generators/installed: .venv/installed benchmarks/generator-peers.txt  # other trainings of generators
	$(PYTHON) -m venv .venv-generators
	$(BIN)/uv pip sync --quiet --python .venv-generators/bin/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python .venv-generators/bin/python --no-deps --requirement benchmarks/generator-peers.txt
	$(BIN)/uv pip install --quiet --python .venv-generators/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

clean:  ## remove .venv and caches, never a collection or run
	rm -rf .venv .venv-peers .venv-explain .venv-generators .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
