# The two commands are `make run` and `make test`. Everything else helps those who build.
SHELL := /bin/bash
PORT ?= 8000
export PORT
V := .venv/bin

.PHONY: run test check bench bench-size soak trial set-up set-up-dev clean help

help:            ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*##/\t/' | expand -t 16

run: set-up      ## set everything up and serve the invented council on PORT (8000)
	@$(V)/moothall set_up
	@$(V)/moothall serve

test: set-up-dev ## every test on SQLite, then on PostgreSQL, browser tests included
	@tools/run_tests.sh

check: set-up-dev ## lint, format, types, import contracts, service files
	@tools/run_checks.sh

bench: set-up-dev ## measure, and print the table of docs/performance.md
	@$(V)/python -m benchmarks

bench-size: set-up-dev ## lists, searches and figures at 10,000, 100,000 and a million cases (an hour, 35 GB)
	@$(V)/python -m benchmarks.size

soak: set-up-dev ## the long storms: 200 kills on each database, some two hours
	@tools/run_soak.sh

trial: set-up-dev ## the trial on a real council's geography (MOOTHALL_TRIAL_DATA)
	@MOOTHALL_TEST_TRIAL_STEP=1 $(V)/pytest tests -m trial -p no:cacheprovider

set-up:
	@tools/set_up.sh requirements.txt

set-up-dev:
	@tools/set_up.sh requirements-dev.txt
	@tools/set_up_tests.sh

clean:           ## remove the environment and the embedded database
	rm -rf .venv var
