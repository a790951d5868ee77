# Everything runs inside .venv; `make run` and `make test` build it first when it is missing or old.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export UV_PYTHON_DOWNLOADS := never
PYTHON := .venv/bin/python
STAMP := .venv/.ready-$(firstword $(shell cat requirements.lock pyproject.toml | cksum))
.PHONY: help setup run test test-slow lint check cov bench load eval eval-evidence docs lock

help:  ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP)  ## build .venv from requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@.ci/setup && rm -f .venv/.ready-* && touch $@

run: $(STAMP)  ## start the desk
	@.venv/bin/newsdesk run

test: $(STAMP)  ## run the tests
	@$(PYTHON) -m pytest -q -n 3 --dist loadfile $(ARGS)

test-slow: $(STAMP)  ## run the tests that need whole processes, browsers and servers
	@$(PYTHON) -m pytest -q -n 3 --dist loadfile -m slow $(ARGS)

lint: $(STAMP)  ## check form, types and imports
	@.venv/bin/ruff format --check && .venv/bin/ruff check && .venv/bin/mypy && .venv/bin/lint-imports

check: lint test test-slow  ## everything that a commit must pass

cov: $(STAMP)  ## run the tests, measure coverage and hold it against its floors
	@$(PYTHON) -m pytest -q -n 3 --dist loadfile --cov --cov-report= $(ARGS) && .ci/coverage-floors

bench: $(STAMP)  ## print speed and memory (NEWSDESK_EVAL_DATA names the data)
	@for file in tests/performance/bench_*.py; do module=$${file%.py}; echo "== $$module"; $(PYTHON) -m $${module//\//.} || exit 1; done

load: $(STAMP)  ## ask 20 and 200 times at once, with stand-ins for the providers
	@$(PYTHON) -m tests.performance.bench_load

eval: $(STAMP)  ## print the quality of answers on labelled data (NEWSDESK_EVAL_DATA)
	@$(PYTHON) -m pytest -q -s tests/quality $(ARGS)

eval-evidence: $(STAMP)  ## hold stored answers against their evidence (NEWSDESK_EVAL_DATA)
	@$(PYTHON) -m pytest -q -s tests/quality/test_evidence.py $(ARGS)

docs: $(STAMP)  ## write the generated reference pages
	@$(PYTHON) -m bot_service.reference

lock:  ## resolve the dependencies anew
	@uv lock -q --upgrade && uv export -q --no-emit-project --all-groups --format requirements-txt -o requirements.lock > /dev/null
