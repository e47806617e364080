# make demo and make test need only Python (3.11 or newer, with venv) and make; they set up everything else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JS     := tests/live/js
# Each file is run by one of two processes, in the order of testpaths. ARGS="-n 0 ..." is one process again.
TWO_AT_ONCE := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo test chaos bench screenshots check-code lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/ready          ## a private homeserver, people, rooms and the bot: watch the stories
	$(BIN)/sws-bot demo $(ARGS)

test: $(VENV)/ready $(JS)/node_modules/ready check-code   ## everything that must be green before a change lands
	$(BIN)/python -m pytest $(TWO_AT_ONCE) $(ARGS)

chaos: $(VENV)/ready $(JS)/node_modules/ready   ## faults, attacks and SIGKILL around the real bot, at length
	$(BIN)/python -m tests.chaos $(ARGS)

screenshots: $(VENV)/ready   ## pictures for docs/ from a real client; needs apt-get install nheko xvfb xdotool imagemagick
	$(BIN)/python -m tests.shots $(ARGS)

bench: $(VENV)/ready         ## the bot measured beside a floor, a plain relay and a plain nio bot; ARGS=--quick for minutes
	$(BIN)/python -m tests.bench $(ARGS)

check-code: $(VENV)/ready    ## style, types and who may import whom
	$(BIN)/ruff check bot tests
	$(BIN)/ruff format --check bot tests
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(JS)/node_modules/ready: $(VENV)/ready $(JS)/package.json $(JS)/package-lock.json
	cd $(JS) && PATH="$(abspath $(BIN)):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	touch $@

lock:                        ## choose versions anew from pyproject.toml (needs uv: pip install uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --extra dev --constraint requirements.lock --no-emit-package sws-bot -o requirements-dev.lock

clean:
	rm -rf $(VENV) $(JS)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
