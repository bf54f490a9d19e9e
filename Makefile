# make run     set up, fetch the model, cut out real photos, say where the results are
# make test    set up, run every test
# make test-slow  the browser tests with the real networks, after `alphacut models pull auto`
# make editor  build the editor that `alphacut serve` shows; make test-editor runs its tests alone
# make static  build it as a site of its own, in dist/editor
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PACKAGES := editor/node_modules/.installed
PAGE   := src/alphacut/server/static/index.html
SOURCES := $(shell find editor -path editor/node_modules -prune -o -path editor/e2e -prune -o -type f -print)

TORCH  := $(VENV)/.torch
TORCH_VERSION ?= 2.13.0

CLIENTS := tests/server/clients/node_modules/.installed

# $(call with,NEEDS,WHAT,COMMAND) runs a command where the machine has what it needs (editor/lacks). Elsewhere it says
# what was left out and why, and goes on; with CI set, it fails.
with = @lack="$$(editor/lacks $(1))"; if [ -z "$$lack" ]; then $(3); else echo "make: left out $(2); missing: $$lack" >&2; [ -z "$$CI" ]; fi

# Each of the hundred processes that tests start would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test tests checks ready page units test-slow test-editor editor-units editor-e2e lint editor static docs gallery bench docker-check clean
setup: $(STAMP)

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found; install Python 3.11 or newer, or say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed; say make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,heif,onnx,server,remote,ray,video]'
	# Without its dependencies: it asks for older numpy and OpenCV, and its measures work with these.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps pysodmetrics
	@touch $@

# PyTorch's build for processors, a tenth of the usual one: as this machine's pip has it, else its makers', else the usual.
$(TORCH): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'torch==$(TORCH_VERSION)+cpu' 2>/dev/null || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 0 --index-url https://download.pytorch.org/whl/cpu torch==$(TORCH_VERSION) 2>/dev/null || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==$(TORCH_VERSION)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train]'
	@touch $@

# Clients of other services, which the contract tests drive; without npm those tests are skipped by name.
$(CLIENTS): tests/server/clients/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix tests/server/clients --no-audit --no-fund --silent && touch $@; else echo "make: npm is missing, so the tests of npm clients are skipped" >&2; fi

$(PACKAGES): editor/package.json editor/package-lock.json editor/.npmrc
	@lack="$$(editor/lacks node)"; [ -z "$$lack" ] || { echo "make: the editor needs $$lack" >&2; exit 1; }
	cd editor && npm ci --no-progress --loglevel=error
	@touch $@

editor: $(PAGE)
$(PAGE): $(SOURCES) $(PACKAGES)
	cd editor && npm run --silent build

# The page, what it would ask of a service, and the network that it runs by itself.
static: setup $(PACKAGES)
	cd editor && npm run --silent static
	$(BIN)/python editor/alone.py dist/editor
	$(BIN)/alphacut models web auto -o dist/editor

run: setup
	$(call with,node,the editor,$(MAKE) --silent editor)
	@$(BIN)/python examples/photos.py out/photos
	$(BIN)/alphacut cut out/photos -o out/cutouts/
	@$(BIN)/python examples/sheet.py out/photos out/cutouts out/sheet.png
	@echo "The cutouts are in out/cutouts; out/sheet.png shows them on checkerboard, black and magenta."
	@echo "$(BIN)/alphacut serve shows the editor at http://127.0.0.1:7000"

lint: $(TORCH)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src

# Two things at a time: what is fetched for Python and for Node; then the tests, which often wait, and all checks.
test:
	@$(MAKE) --no-print-directory -j2 ready
	@$(MAKE) --no-print-directory -j2 tests checks
	$(call with,node e2e,the tests in a browser,$(MAKE) --silent editor-e2e)

ready: $(TORCH) $(CLIENTS) page

page:
	$(call with,node,the editor and its tests,$(MAKE) --silent editor)

tests: ready
	# A process a core and one more (tests/conftest.py): torch's threads would only wait for each other. One that dies
	# ends the run and names its test: after a replacement the rest would wait for ever.
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --max-worker-restart=0

# What they say stands in one piece between the dots of the tests.
checks: $(TORCH)
	@mkdir -p .cache
	@{ $(MAKE) --no-print-directory lint && $(MAKE) --no-print-directory units; } > .cache/checks.log 2>&1; \
		code=$$?; echo; cat .cache/checks.log; exit $$code

units:
	$(call with,node,the tests of the editor,$(MAKE) --silent editor-units)

test-editor: setup editor-units editor-e2e

# The editor with the real networks, whose weights have to be in the home.
test-slow: setup editor
	cd editor && SLOW=1 ALPHACUT_PYTHON=../$(BIN)/python npm run --silent e2e

editor-units: editor
	cd editor && npm run --silent check && npm test --silent

editor-e2e: setup editor
	cd editor && ALPHACUT_PYTHON=../$(BIN)/python npm run --silent e2e

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
	rm -rf out .cache dist $(VENV) editor/node_modules src/alphacut/server/static
