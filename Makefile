# Two commands on a fresh machine: `make demo` and `make test`. Needs Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp-requirements
INSTALLED := $(VENV)/.stamp-orchard

.PHONY: setup demo playground screens test check run lint types floors lock lock-check clean soak bench

setup: $(INSTALLED)

# The environment is made anew only when a lock changed; a second call is instant.
$(STAMP): requirements-dev.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock; \
	fi
	@touch $@

$(INSTALLED): $(STAMP) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	$(BIN)/orchard demo --out out/demo

# The bot in the browser, without Discord. `make playground ARGS='--locale de'`
playground: setup
	$(BIN)/orchard playground $(ARGS)

# Pictures of every card, form and page, for docs/screens. `make screens ARGS='--only review'`
screens: setup
	$(BIN)/orchard screens $(ARGS)

run: setup
	$(BIN)/orchard run

test: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report= $(ARGS)
	$(BIN)/coverage report --skip-covered --fail-under=95
	$(BIN)/coverage report --skip-covered --fail-under=100 --include='trees/*'

# The same tests with their full counts, without coverage; prints its seed. `make soak ARGS='--seed N'` replays a run.
soak: setup
	$(BIN)/python -m pytest -m "durable or engine" --soak --timeout 0 $(ARGS)

# How fast it is, at moderate sizes: some minutes on a machine that does nothing else. Each module takes larger ones.
BENCH := out/benchmarks
bench: setup
	$(BIN)/python -m benchmarks.consensus --json $(BENCH)/consensus.json
	$(BIN)/python -m benchmarks.cycles --messages 3000 --json $(BENCH)/cycles.json
	$(BIN)/python -m benchmarks.cycles --members 64 --start 100000 --messages 103000 --json $(BENCH)/cycles-100000.json
	$(BIN)/python -m benchmarks.draw --messages 1000 100000 --active 0.01 0.1 --json $(BENCH)/draw.json
	$(BIN)/python -m benchmarks.interactions --json $(BENCH)/interactions.json
	$(BIN)/python -m benchmarks.memory --json $(BENCH)/memory.json
	$(BIN)/python -m benchmarks.policies --pools 2 --json $(BENCH)/policies.json

# Every gate behind one command; .ci/run calls it too.
check: setup lint types floors test

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

floors: setup
	$(BIN)/lint-imports

# Writes the locks anew: hashes, no addresses.
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --python-version 3.11 pyproject.toml

lock: setup
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -o requirements-dev.lock

# Resolves again with the pinned versions preferred and compares.
lock-check: setup
	@mkdir -p $(VENV)/locks && cp requirements.lock requirements-dev.lock $(VENV)/locks/
	$(LOCK) -o $(VENV)/locks/requirements.lock
	$(LOCK) --extra dev -o $(VENV)/locks/requirements-dev.lock
	diff -u requirements.lock $(VENV)/locks/requirements.lock
	diff -u requirements-dev.lock $(VENV)/locks/requirements-dev.lock

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
