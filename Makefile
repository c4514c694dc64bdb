# What developers type and what CI runs: make check, make test.
.PHONY: check lint types docs test format cli-docs serve

check: lint types docs

lint:
	ruff check .
	ruff format --check .
	lint-imports

types:
	mypy

docs:
	python docs/gen_cli.py --check
	mkdocs build --strict --quiet --site-dir build/site

test:
	pytest

cli-docs:
	python docs/gen_cli.py

format:
	ruff check --fix .
	ruff format .

serve:
	mkdocs serve
