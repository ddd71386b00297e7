# Needs Python 3.11 or newer (with venv), git and make. Everything else goes into .venv, pinned by constraints.txt.

PYTHON ?= python3
BIN    := .venv/bin
PIP    := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip

.DEFAULT_GOAL := help
.PHONY: help install demo lab test coverage check bench chaos fuzz constraints clean

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: .venv/.installed ## make .venv with scimrecon and its tools (the targets below do so first)

demo: .venv/.installed ## run the first notebook against a practice server; VENDOR=twilio, huawei or descope runs it against theirs
	@$(BIN)/python notebooks/demo.py $(if $(VENDOR),notebooks/04_providers.ipynb vendors=$(VENDOR),notebooks/01_reconcile.ipynb)

lab: .venv/.installed ## open the notebooks in JupyterLab
	@$(BIN)/jupyter-lab --notebook-dir=. notebooks

test: .venv/.installed ## run all tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
	@echo "Tests passed."

coverage: .venv/.installed ## run all tests and measure what they cover (half as long again)
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n auto --dist loadfile --no-loadscope-reorder
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	@echo "Coverage is what pyproject.toml asks for."

check: .venv/.installed ## check style, types, import order, spelling, dependencies and how the repository is kept
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/deptry .
	$(BIN)/repo-review --show err .
	@echo "Style, types, import order, spelling and dependencies are in order."

bench: .venv/.installed ## measure speed and memory
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/main_job.py
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/comparing.py
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/grouping.py
	@$(BIN)/python tests/benchmarks/bodies.py
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/scaling.py
	@$(BIN)/python tests/benchmarks/sending.py
	@$(BIN)/python tests/benchmarks/previewing.py
	@$(BIN)/python -m pytest -q -s -p browser.conftest tests/benchmarks/showing.py
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/ldif_reading.py
	@$(BIN)/python tests/benchmarks/reading.py

chaos: .venv/.installed ## apply and resume plans through 200 seeds of faults, 100 kills and a second client (half an hour)
	@cd tests && ../$(BIN)/python -m chaos
	@cd tests && ../$(BIN)/python second_client.py

fuzz: .venv/.installed ## change CSV and LDIF files at random, account for every cell, ask other readers; SECONDS= of atheris
	@$(PIP) install --quiet -c constraints.txt -e ".[fuzz]"
	$(BIN)/python -m pytest --hypothesis-profile=thorough tests/fuzz
	@cd tests && ../$(BIN)/python -m rivals
	@cd tests && ../$(BIN)/python -m fuzz $(SECONDS)
	@echo "Every file was accounted for."

constraints: ## make constraints.txt again, from the newest releases that pyproject.toml admits
	@rm -rf build/constraints && $(PYTHON) -m venv build/constraints
	@build/constraints/bin/python -m pip install --quiet ".[fuzz,lab,test]" editables
	@{ sed -n 1p constraints.txt; \
	   build/constraints/bin/python -m pip list --format=freeze --exclude pip --exclude setuptools --exclude wheel \
	     --exclude scimrecon | LC_ALL=C sort -f; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt && rm -rf build/constraints
	@git --no-pager diff --stat -- constraints.txt

clean: ## remove .venv and everything else that is made here
	rm -rf .venv .demo .screenshots build dist .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find scimrecon tests notebooks data -name __pycache__ -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || \
	  { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: scimrecon needs 3.11 or newer. Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "This Python has no venv module. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Installing scimrecon and its tools into .venv (a minute or two)"
	@PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
	  $(PIP) install --no-compile -c constraints.txt -e ".[lab,test]" >.venv/install.log 2>&1 || \
	  { tail -n 30 .venv/install.log; echo "The install failed; all it said is in .venv/install.log"; exit 1; }
	@touch $@
