# Cleanroom: the two commands are `make run` and `make test`. `make help` lists all of them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

account ?= 111122223333
database ?= my_first_room
# One fixed request for the room of the first try, so that running it again is answered with the first outcome.
ifeq ($(account)/$(database),111122223333/my_first_room)
request := --request-id 00000000-0000-4000-8000-000000000001
endif

program := .build/debug/cleanroom
sources := Sources Tests Package.swift

.PHONY: help
help: ## Lists the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: tools
tools: ## Checks for what is needed, and installs it where it can.
	@scripts/require-tools

.PHONY: program
program: tools
	@[ -x $(program) ] || echo "The first build takes several minutes; later ones take seconds."
	@swift build --product cleanroom

.PHONY: run
run: program ## Makes a cleanroom (account=… database=…) and shows it.
	@$(program) create --account $(account) --database $(database) $(request)
	@$(program) show $(database)

.PHONY: test
test: tools ## Runs all tests.
	@[ -x $(program) ] || echo "The first build takes several minutes; later ones take seconds."
	@swift build --build-tests
	@swift test --skip-build

.PHONY: lint
lint: tools ## Checks the format of the sources.
	@swift format lint --strict --recursive $(sources)

.PHONY: format
format: tools ## Formats the sources.
	@swift format --in-place --recursive $(sources)

.PHONY: compile
compile: program ## Assembles out/state_machine.json and checks it.
	@$(program) compile --output out

.PHONY: clean
clean: ## Removes what builds have made.
	@rm -rf .build out
