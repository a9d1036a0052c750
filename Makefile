# Two stamps, so that running the marketplace does not install the developers' tools, and a
# second start installs nothing: an install happens again only when pyproject.toml changed.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
# Prints the dependencies that pyproject.toml declares: the checkout itself is never installed.
LIST_DEPENDENCIES = import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; print(*p["dependencies"], *(p["optional-dependencies"]["dev"] if "dev" in sys.argv else []), sep="\n")
TEST ?= tests
TEST_PROCESSES ?= 2
# What is about money: also where other rooms show it, pay with it, or look after it.
MONEY_TESTS := tests/payments tests/admin tests/rest tests/tasks/test_audit.py \
  tests/tasks/worker/test_payout_account.py tests/tasks/worker/test_history_and_earnings.py \
  tests/concurrency/test_moving_money.py tests/concurrency/test_money_locks.py

export PORT HOST

.DEFAULT_GOAL := help
.PHONY: help venv venv-run run web jobs beat migrate static test coverage mutants seeded-bugs lint fmt check-deploy secrets clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## Start everything with the demo marketplace (PORT=8000): Ctrl-C stops it all
	@$(BIN)/python manage.py up

web: $(RUN_STAMP) ## Serve the pages and the API, against DATABASE_URL and REDIS_URL
	@$(BIN)/python -m gunicorn --config python:marketplace.serving marketplace.wsgi:application

jobs: $(RUN_STAMP) ## Run the Celery worker
	@$(BIN)/python -m celery --app marketplace.celery worker --loglevel INFO --without-gossip --without-mingle --without-heartbeat

beat: $(RUN_STAMP) ## Run the clock that hands the jobs their work
	@mkdir -p var
	@$(BIN)/python -m celery --app marketplace.celery beat --loglevel INFO --pidfile= --schedule var/beat-schedule

migrate: $(RUN_STAMP) ## Bring the database up to this version
	@$(BIN)/python manage.py migrate --noinput

static: $(RUN_STAMP) ## Collect the static files that production serves
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0

test: $(DEV_STAMP) ## Run every test, on servers of its own (TEST=tests/payments for a part)
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadgroup $(TEST)

coverage: $(DEV_STAMP) ## Which branches of payments/ the tests of money run: fails below 100 %
	@$(BIN)/python -m pytest -q -n $(TEST_PROCESSES) --dist loadgroup -m "not browser and not processes" \
	  --cov --cov-report=term $(MONEY_TESTS)

mutants: $(DEV_STAMP) ## Small bugs in the ledger, states and actions of money: fails below 95 % noticed
	@$(BIN)/python -m tests.mutation $(MUTANTS)

seeded-bugs: $(DEV_STAMP) ## Known ways to lose money, each put into a copy, and the test that notices
	@$(BIN)/python -m tests.seeded_bugs $(BUGS)

lint: $(DEV_STAMP) ## Style, types, templates, import contracts, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if [ -d templates ]; then $(BIN)/djlint templates --check --lint --quiet; fi
	PYTHONPATH=. $(BIN)/lint-imports --no-cache
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/mypy .

fmt: $(DEV_STAMP) ## Put code and templates into shape
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	@if [ -d templates ]; then $(BIN)/djlint templates --reformat --quiet || true; fi

check-deploy: $(RUN_STAMP) ## Django's check of the production settings (reads the environment)
	@MANYHANDS_MODE=production $(BIN)/python manage.py check --deploy --fail-level WARNING

secrets: $(RUN_STAMP) ## Print fresh values for SECRET_KEY and FIELD_ENCRYPTION_KEY
	@$(BIN)/python -c 'import secrets; from cryptography.fernet import Fernet; print("SECRET_KEY=" + secrets.token_urlsafe(50)); print("FIELD_ENCRYPTION_KEY=" + Fernet.generate_key().decode())'

venv: $(DEV_STAMP) ## Make .venv and install what running and developing need

venv-run: $(RUN_STAMP) ## Make .venv and install only what running needs

clean: ## Remove .venv and caches; var/ with its data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Manyhands needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments (on Debian: apt install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): pyproject.toml | $(BIN)/python
	@echo "Installing (this happens again only when pyproject.toml changes) …"
	@$(BIN)/python -c '$(LIST_DEPENDENCIES)' > $(VENV)/requirements-run.txt
	@$(PIP) -r $(VENV)/requirements-run.txt
	@touch $@

$(DEV_STAMP): pyproject.toml $(RUN_STAMP) | $(BIN)/python
	@echo "Installing the developers' tools …"
	@$(BIN)/python -c '$(LIST_DEPENDENCIES)' dev > $(VENV)/requirements-dev.txt
	@$(PIP) -r $(VENV)/requirements-dev.txt
	@touch $@
