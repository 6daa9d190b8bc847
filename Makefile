# `make` alone lists the targets. PYTHON is the interpreter that has archc's test extra installed.
PYTHON ?= python

.DEFAULT_GOAL := help
.PHONY: help test lint format types golden tables docs site clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile

test: lint types  ## everything that has to pass: style, types, tests
	$(PYTHON) -m pytest --quiet -n auto

lint:  ## style, without changing a file
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format:  ## put every file in the house style
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types:  ## strict type checking
	$(PYTHON) -m mypy

golden:  ## rewrite the expected outputs of tests/golden and of the documentation (look at the diff before you commit it)
	$(PYTHON) -m pytest --quiet --update-golden

tables:  ## make the parser's tables from grammars/arch.lark
	$(PYTHON) -m archc.syntax.generate

docs:  ## write the reference pages that come from the operators and the catalogue
	$(PYTHON) -m docs.generate
	$(PYTHON) -m docs.draw

site: docs  ## build the site offline, in build/site/html
	$(PYTHON) -m docs.site

clean:  ## remove what tools leave behind
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
