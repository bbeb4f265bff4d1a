# Estran: `make` lists the targets. Every target sets up what it needs; a second run does nothing needless.
SHELL := /bin/bash
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check slow bench recognition golden moved models docs site pictures translations format lock clean

help:  ## cette liste
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: .venv/ready  ## de rien au portail : un département fictif, trois années, le bilan dans demo/
	@estran demo demo
	@estran serve --data demo/portail --background

test: .venv/ready  ## les essais de tous les jours, sans navigateur, ni PostgreSQL, ni Spark
	@$(PYTEST) -m "not (slow or browser or spark or served)"

check: .venv/ready tests/portal/node_modules/ready  ## tout vérifier : forme, types, imports, catalogue, docs, tests
	@source .ci/steps; \
	step format ruff format --check .; \
	step lint ruff check .; \
	step types mypy; \
	step imports lint-imports; \
	step catalogue estran catalogue check; \
	step docs python docs/generate.py --check; \
	step tests $(PYTEST) -m "not slow"; \
	step postgres bash .ci/postgres $(PYTEST) tests/portal -m "postgres and not (slow or browser)"; \
	verdict check

slow: .venv/ready tests/portal/node_modules/ready  ## les essais longs, avant de dire qu’un sujet est fini : parcours, pannes, fautes semées
	@source .ci/steps; \
	step slow $(PYTEST) -m "slow or served" --kills 5; \
	step property env ESTRAN_LONG=1 $(PYTEST) -m "property and not slow"; \
	step portal bash .ci/postgres $(PYTEST) tests/portal -m "not browser"; \
	step mutants python tests/mutants.py; \
	grep -A 2 LIVES build/mutants.log; tail -n 1 build/mutants.log; \
	verdict slow

# The tests of a file share what they begin with: they stay in one process; those that take long begin.
PYTEST = pytest -q -n auto --dist loadgroup --no-loadscope-reorder

bench: .venv/ready benchmarks/.venv/ready  ## mesurer la vitesse de 10⁴ à 10⁷ lignes et réécrire benchmarks/README.md
	python benchmarks/run.py

golden: .venv/ready  ## réécrire exprès les résultats de référence de tests/golden
	pytest -q --rewrite-golden tests

recognition: .venv/ready  ## mesurer la reconnaissance sur des modèles jamais vus et réécrire benchmarks/recognition.md
	python benchmarks/recognition.py

moved: .venv/ready  ## ce qui bouge sur la démonstration depuis une autre édition (REF=étiquette ou commit)
	@python docs/moved.py $(REF)

REF = $(shell git describe --tags --abbrev=0 2>/dev/null || echo HEAD)

models: .venv/ready  ## refaire les tables des modèles connus d'après les faits gardés avec leurs sources
	python models/make.py

docs: .venv/ready  ## réécrire docs/reference d'après les tables et le code
	python docs/generate.py

site: build/.venv-site/ready  ## faire de docs/ un site statique avec recherche, dans build/site
	@build/.venv-site/bin/mkdocs build -q -d $(CURDIR)/build/site && echo "build/site/index.html"

pictures: .venv/ready tests/portal/node_modules/ready  ## refaire les images des guides de la collecte, prises par leur parcours
	ESTRAN_PICTURES=1 pytest -q tests/portal/test_portal_collection_journey.py -k from_the_campaign_to_the_figure

translations: .venv/ready  ## relever les textes français et les reporter dans la traduction anglaise
	@mkdir -p build
	pybabel -q extract -F pyproject.toml -k _ -k ngettext:1,2 --no-wrap --no-location --sort-output -o build/estran.pot src/estran
	pybabel -q update -i build/estran.pot -d src/estran/locale -D estran -l en --no-wrap --no-fuzzy-matching --ignore-obsolete --omit-header

format: .venv/ready  ## mettre en forme le code
	ruff format .
	ruff check --fix-only .

lock: .venv/ready  ## refaire les verrous (UPGRADE=--upgrade pour prendre les dernières versions)
	uv --system-certs pip compile $(LOCK) pyproject.toml -o requirements/base.lock
	uv --system-certs pip compile $(LOCK) pyproject.toml --group dev -o requirements/dev.lock
	uv --system-certs pip compile $(LOCK) --group peers -o requirements/peers.lock
	uv --system-certs pip compile $(LOCK) --group docs -o requirements/docs.lock

LOCK = -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header $(UPGRADE)

clean:  ## effacer tout ce que make a fait
	rm -rf .venv benchmarks/.venv tests/portal/node_modules build demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .grimp_cache

# The environment lives in the tree. uv comes from the lock itself, by pip, hash checked; where uv cannot reach
# the packages (a mirror known only to pip), pip installs the same lock.
.venv/ready: requirements/dev.lock pyproject.toml
	@bash .ci/system "$(PYTHON)"
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Il faut Python 3.11, 3.12 ou 3.13 : make PYTHON=python3.13 …"; exit 1; }
	@echo "Préparation de l'environnement Python (.venv), une seule fois…"
	@"$(PYTHON)" -m venv .venv || { echo "Le module venv de Python manque : sudo apt-get install python3-venv"; exit 1; }
	@awk '/^uv==/ {keep = 1} keep {print} keep && !/\\$$/ {exit}' requirements/dev.lock > .venv/uv.lock
	@.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.lock
	@.venv/bin/uv --system-certs pip sync -q --python .venv/bin/python --require-hashes requirements/dev.lock \
	  || .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@.venv/bin/uv pip install -q --python .venv/bin/python --offline --no-deps --no-build-isolation -e .
	@touch .venv/ready

# What the browser tests need from npm; without npm they are skipped, and say so.
tests/portal/node_modules/ready: tests/portal/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix tests/portal --no-audit --no-fund --silent && touch $@; fi

benchmarks/.venv/ready: requirements/peers.lock .venv/ready
	@"$(PYTHON)" -m venv benchmarks/.venv
	@.venv/bin/uv --system-certs pip sync -q --python benchmarks/.venv/bin/python --require-hashes requirements/peers.lock \
	  || benchmarks/.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/peers.lock
	@touch benchmarks/.venv/ready

build/.venv-site/ready: requirements/docs.lock .venv/ready
	@"$(PYTHON)" -m venv build/.venv-site
	@.venv/bin/uv --system-certs pip sync -q --python build/.venv-site/bin/python --require-hashes requirements/docs.lock \
	  || build/.venv-site/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/docs.lock
	@touch build/.venv-site/ready
