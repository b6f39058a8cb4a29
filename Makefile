# For those who change the hub; to run or test it, ./run and ./test are enough.
PYTHON := .venv/bin/python
LOCK := $(PYTHON) -m uv pip compile pyproject.toml --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --universal --python-version 3.11

.PHONY: help lint fix bench vendor lock migration

help: ## show these lines
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / - /'

lint: ## style and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

fix: ## mend what of style can be mended by itself
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench: ## measure search and claim beside a bare Flask + psycopg route, and a record beside the host it comes from
	$(PYTHON) -m tests.bench
	$(PYTHON) -m tests.bench.looking

vendor: ## fetch the built files of nhsuk-frontend and htmx anew (needs npm)
	sh .ci/vendor

lock: ## pin every package with its hashes, after a change to pyproject.toml
	$(LOCK) --output-file requirements.txt
	$(LOCK) --extra demo --output-file requirements-demo.txt
	$(LOCK) --extra demo --extra dev --output-file requirements-dev.txt

migration: ## write a migration from what the models say now: make migration m="Add a table" (while ./run runs)
	. var/environment && $(PYTHON) -m flask db revision --autogenerate --message "$(m)"
