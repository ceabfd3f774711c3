# Everything bootstraps itself from a bare Python 3.11+ and make: the platform lives in .venv, the linters in
# .venv-lint (they pin other versions of click and pathspec). Packages are installed from hash-locked files only.

PYTHON ?= python3
USE_CASE ?= credit_default
PYTEST_ARGS ?=
TEST_WORKERS ?= 2
TUNING_TRIALS ?= 1
ONLY ?=

LOCKS := docker/requirements
INSTALLED := .venv/.installed
LINTERS := .venv-lint/.installed
RESOLVE := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
CONTAINERS := docker/platform.Dockerfile docker/scorer.Dockerfile

# uv uses the interpreter of the environment that it installs into, never one of its own.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# Containers often forbid bytecode. Without it every process compiles some 4,400 modules anew: 12 s to start, not 5.
export PYTHONDONTWRITEBYTECODE :=
# Spinning OpenMP threads are many times slower on a busy machine.
export OMP_WAIT_POLICY ?= passive

.DEFAULT_GOAL := help
.PHONY: help install demo test dev serve lint format docs bench lock clean python

help:
	@echo "make install   set up .venv"
	@echo "make demo      run the whole graph of USE_CASE=$(USE_CASE) and print the champion"
	@echo "make test      run the tests            (PYTEST_ARGS='-k name' narrows them)"
	@echo "make dev       Dagster's UI with schedules and sensors"
	@echo "make serve     the REST scorer"
	@echo "make lint      every linter and type checker, in .venv-lint"
	@echo "make format    let ruff rewrite what it can"
	@echo "make docs      static dbt documentation of every use case"
	@echo "make bench     measure against peers    (ONLY=warehouse|models|scorer|loop|statistics|reports)"
	@echo "make lock      resolve the requirement files again"
	@echo "make clean     remove environments and caches; keeps .credit_platform (releases, ledger, warehouse)"

install: $(INSTALLED)

# Minutes of search for parameters are not what a first look is for; TUNING_TRIALS= pays for them.
demo: export CREDIT_PLATFORM_TUNING_TRIALS = $(TUNING_TRIALS)
demo: $(INSTALLED)
	.venv/bin/credit-platform run $(USE_CASE)

test: $(INSTALLED)
	.venv/bin/python -m pytest -n $(TEST_WORKERS) --no-loadscope-reorder $(PYTEST_ARGS)

dev: $(INSTALLED)
	.venv/bin/credit-platform dev

serve: $(INSTALLED)
	.venv/bin/credit-platform serve

docs: $(INSTALLED)
	.venv/bin/credit-platform docs

bench: $(INSTALLED)
	.venv/bin/python -m credit_platform_tests.bench.run $(if $(ONLY),--only $(ONLY))

lint: $(INSTALLED) $(LINTERS)
	.venv-lint/bin/ruff check
	.venv-lint/bin/ruff format --check
	.venv-lint/bin/mypy --python-executable .venv/bin/python
	.venv-lint/bin/yamllint --strict .
	.venv-lint/bin/hadolint $(CONTAINERS)
	.venv-lint/bin/check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml
	.venv-lint/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yaml
	VIRTUAL_ENV=$(CURDIR)/.venv .venv/bin/dg check yaml
	VIRTUAL_ENV=$(CURDIR)/.venv .venv/bin/dg check defs

format: $(LINTERS)
	.venv-lint/bin/ruff check --fix
	.venv-lint/bin/ruff format

lock: .venv/bin/uv
	.venv/bin/uv pip compile pyproject.toml --extra platform --extra clouds --extra evidently --extra tracing --extra dev $(RESOLVE) --overrides $(LOCKS)/overrides.txt -o $(LOCKS)/platform.txt
	.venv/bin/uv pip compile pyproject.toml --extra scorer --extra scorer-postgres --extra tracing $(RESOLVE) -o $(LOCKS)/scorer.txt
	.venv/bin/uv pip compile $(LOCKS)/lint.in $(RESOLVE) -o $(LOCKS)/lint.txt
	.venv/bin/uv pip compile $(LOCKS)/build.in $(RESOLVE) -c $(LOCKS)/platform.txt -o $(LOCKS)/build.txt
	.venv/bin/uv pip compile $(LOCKS)/bootstrap.in $(RESOLVE) -o $(LOCKS)/bootstrap.txt

clean:
	rm -rf .venv .venv-lint .venv-azurite .pytest_cache .ruff_cache .mypy_cache .hypothesis dbt_star_schema/target dbt_star_schema/logs
	find credit_platform credit_platform_tests -type d -name __pycache__ -prune -exec rm -rf {} +

# The stamp is older than a requirement file exactly when the environment is.
$(INSTALLED): .venv/bin/uv $(LOCKS)/platform.txt $(LOCKS)/build.txt pyproject.toml
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r $(LOCKS)/platform.txt
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r $(LOCKS)/build.txt
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/bin/uv: $(LOCKS)/bootstrap.txt | python
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKS)/bootstrap.txt
	@touch $@

$(LINTERS): .venv/bin/uv $(LOCKS)/lint.txt
	test -x .venv-lint/bin/python || .venv/bin/python -m venv .venv-lint
	.venv/bin/uv pip install --quiet --python .venv-lint/bin/python --no-deps --require-hashes -r $(LOCKS)/lint.txt
	@touch $@

python:
	@command -v $(PYTHON) > /dev/null || { \
	  echo "make: no '$(PYTHON)' on the PATH. Install Python 3.11, 3.12 or 3.13, or name one: make install PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo "make: '$(PYTHON)' is $$($(PYTHON) --version 2>&1), but credit_platform needs Python 3.11, 3.12 or 3.13. Name one: make install PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  echo "make: '$(PYTHON)' has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
