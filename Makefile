# Needs Python 3.11 or newer, make and git; everything else is fetched. `make help` lists the targets.

VENV ?= .venv
DEMO ?= wholesale
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format bench clean distclean

help:
	@echo 'make install    set up $(VENV) with everything in constraints.txt'
	@echo 'make demo       run the demonstration; DEMO=wholesale PORT=8080 HOST=127.0.0.1 ARGS=...'
	@echo 'make test       run the tests; PYTEST_ARGS="-n 4 -k client"'
	@echo 'make lint       ruff and pyright'
	@echo 'make format     let ruff correct what it can'
	@echo 'make bench      run the benchmarks; ARGS=...'
	@echo 'make clean      remove build results and caches'
	@echo 'make distclean  the same, and $(VENV)'

install: $(STAMP)

# The first Python that is new enough, one that can make a virtual environment before one that cannot.
# A pyenv shim answers to `command -v` without a Python behind it, so each candidate is run.
$(STAMP): setup.cfg pyproject.toml constraints.txt
	@set -e; \
	candidates="$(PYTHON) python3.11 python3 python3.12 python3.13 python3.14"; \
	if ! $(PY) -m pip --version >/dev/null 2>&1; then \
	    python=; bare=; \
	    for name in $$candidates; do \
	        "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	        if "$$name" -c 'import ensurepip, venv' 2>/dev/null; then python=$$name; break; fi; \
	        bare=$${bare:-$$name}; \
	    done; \
	    if [ -z "$$python$$bare" ]; then \
	        echo 'Kartoteka needs Python 3.11 or newer and found none. Install it, or name it: make install PYTHON=/path/to/python3' >&2; \
	        exit 1; \
	    fi; \
	    if [ -z "$$python" ]; then \
	        package=$$("$$bare" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	        if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	            echo "Installing $$package"; \
	            { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$$package"; } >&2 || true; \
	        fi; \
	        if ! "$$bare" -c 'import ensurepip, venv' 2>/dev/null; then \
	            echo "$$bare cannot make a virtual environment: its venv or ensurepip module is missing. Install it (Debian, Ubuntu: apt-get install $$package) and run make again." >&2; \
	            exit 1; \
	        fi; \
	        python=$$bare; \
	    fi; \
	    echo "Making $(VENV) with $$python"; \
	    "$$python" -m venv $(VENV); \
	fi
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools wheel
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt -e '.[test,dev]'
	@touch $@

demo: install
	$(VENV)/bin/kartoteka demo $(DEMO) $(if $(PORT),--port $(PORT)) $(if $(HOST),--host $(HOST)) $(ARGS)

test: install
	$(PY) tools/services run $(PY) -m pytest $(PYTEST_ARGS)

lint: install
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/pyright

format: install
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

bench: install
	$(PY) -m benchmarks $(ARGS)

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .schemathesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
