# Two commands to remember: `make demo` and `make test`. Everything else is for people who change Tillbook.
# Each begins with the set-up script, which is instant when nothing changed.

PYTHON ?= python3
SEED ?= 1
OUTAGE ?= 0.3
HEADLESS ?=
KILLS ?= 200
IMAGES ?= 40
SEEDS ?= 2000
FROM ?= 1
export HEADLESS DATABASE_URL TEST_DATABASE_URL

# The same texts, sorting and pictures on every machine.
export LC_ALL := C.UTF-8
ifeq ($(DISPLAY)$(WAYLAND_DISPLAY),)
export QT_QPA_PLATFORM := offscreen
endif

run := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup demo test replay simulate mutants crash bench storm screens shopday film lint types format lock translations font console

help:
	@echo 'make demo          a bakery chain on this machine: two tills, one HQ, and a plug to pull (HEADLESS=1: by itself)'
	@echo 'make test          everything that must hold'
	@echo 'make replay DATA=file.csv.gz SEED=1 OUTAGE=0.3 [DATABASE_URL=...]   real sales through tills and HQ'
	@echo 'make simulate SEEDS=2000 FROM=1   many tills and one HQ under a seeded clock, wire and disk: every fault by name'
	@echo 'make crash KILLS=200 IMAGES=40   real tills and a real HQ killed and without power: nothing lost, nothing doubled'
	@echo 'make mutants       plant bugs and count the seeds until the simulation finds each (ARGS=--only name)'
	@echo 'make bench         our figures beside the limits of this machine (ARGS=drain: that one alone)'
	@echo 'make storm         scans by real X keys, one a millisecond, while panels open and close: nothing lost or leaked'
	@echo 'make shopday SEED=1  a trading day by keystrokes at two tills, counted with a pencil beside it (ARGS="--sales 400")'
	@echo 'make film          the beginning of that day on a real X screen, a picture after every key: build/film/index.html'
	@echo 'make screens       every screen and state of the till as pictures, with an index, in build/screens'
	@echo 'make console       every page of HQ in both languages, light and dark, as pictures in build/console'
	@echo 'make lint types format translations   what the code must be; the sentences collected and compiled'
	@echo 'make lock          the lock files anew: takes uv and the network'
	@echo 'make font SOURCE=folder   the bundled font cut anew out of Noto'

setup:
	@PYTHON='$(PYTHON)' packaging/set_up.sh

demo: setup
	@$(run) -m tests.together.demo

test: setup
	@$(run) -m pytest -n 3 --dist worksteal $(ARGS)

replay: setup
	@test -n '$(DATA)' || { echo 'Name the file: make replay DATA=file.csv.gz SEED=1 OUTAGE=0.3'; exit 1; }
	@$(run) -m tests.replay '$(DATA)' --seed '$(SEED)' --outage '$(OUTAGE)'

simulate: setup
	@$(run) -m tests.simulation --seeds '$(SEEDS)' --from '$(FROM)' $(ARGS)

crash: setup
	@$(run) -m tests.crash --kills '$(KILLS)' --images '$(IMAGES)' --seed '$(SEED)' $(ARGS)

mutants: setup
	@$(run) -m tests.mutants $(ARGS)

bench: setup
	@$(run) -m tests.benchmarks $(ARGS)

storm: setup
	@$(run) -m tests.screens.scan_storm $(ARGS)

shopday: setup
	@$(run) -m tests.shopday --seed '$(SEED)' $(ARGS)

film: setup
	@$(run) -m tests.shopday.film --seed '$(SEED)' $(ARGS)

screens: setup
	@$(run) -m tests.screens.gallery $(ARGS)

console: setup
	@$(run) -m tests.browser.screenshots $(ARGS)

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types: setup
	.venv/bin/mypy

format: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: ## takes uv and the network
	@packaging/make_lock.sh

translations: setup
	@$(run) packaging/tools/make_translations.py

font: setup
	@$(run) packaging/tools/make_font.py '$(SOURCE)'
