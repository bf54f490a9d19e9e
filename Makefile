# make run   set up, fetch the model, cut out real photos, say where the results are
# make test  set up, run every test
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

CLIENTS := tests/server/clients/node_modules/.installed

.PHONY: setup run test lint docs gallery bench docker-check clean
setup: $(STAMP)

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found; install Python 3.11 or newer, or say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed; say make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,heif,onnx,server,remote,ray]'
	# Without its dependencies: it asks for older numpy and OpenCV, and its measures work with these.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps pysodmetrics
	@touch $@

# Clients of other services, which the contract tests drive; without npm those tests are skipped by name.
$(CLIENTS): tests/server/clients/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix tests/server/clients --no-audit --no-fund --silent && touch $@; else echo "make: npm is missing, so the tests of npm clients are skipped" >&2; fi

run: setup
	@$(BIN)/python examples/photos.py out/photos
	$(BIN)/alphacut cut out/photos -o out/cutouts/
	@$(BIN)/python examples/sheet.py out/photos out/cutouts out/sheet.png
	@echo "The cutouts are in out/cutouts; out/sheet.png shows them on checkerboard, black and magenta."

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src

test: lint $(CLIENTS)
	$(BIN)/python -m pytest

docs: setup
	$(BIN)/python -m alphacut.cli.reference > docs/cli.md

gallery: setup
	$(BIN)/python docs/gallery.py

# Runs the Dockerfile's steps in an empty folder, without a Docker engine.
docker-check: setup
	$(BIN)/python tests/dockerfile.py

# The peer and a plain install of alphacut, each in an environment of its own.
bench: setup
	test -x .cache/peer/bin/rembg || { $(PYTHON) -m venv .cache/peer && .cache/peer/bin/python -m pip install --quiet 'rembg[cpu,cli]>=2,<3'; }
	test -x .cache/plain/bin/alphacut || { $(PYTHON) -m venv .cache/plain && .cache/plain/bin/python -m pip install --quiet .; }
	$(BIN)/python bench/speed.py --python .cache/plain/bin/python --peer .cache/peer/bin/python
	$(BIN)/python bench/edge_colour.py --peer .cache/peer/bin/python

clean:
	rm -rf out .cache $(VENV)
