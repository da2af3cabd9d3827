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

kills ?= 300
places ?= 40
minutes ?= 5

program := .build/debug/cleanroom
stack ?= core-account-cleanroom-create

venv := .venv/installed
python := .venv/bin/python
samconfig := $(CURDIR)/infra/step_function/samconfig.toml
# SAM from the PATH, or else from PyPI in .venv.
sam := $(or $(shell command -v sam),.venv/bin/sam)
sam-installed := $(if $(shell command -v sam),,$(venv))
own-bucket := $(findstring --s3-bucket,$(flags))$(shell grep -E '^s3_bucket' $(samconfig))
# The definition's hash goes with the other parameters: of two --parameter-overrides SAM takes the last.
hash = DefinitionSha256=$(shell sha256sum out/state_machine.json | cut -d ' ' -f 1)
with-hash = $(if $(findstring --parameter-overrides,$(flags)),$(subst --parameter-overrides,--parameter-overrides $(hash),$(flags)),--parameter-overrides $(hash) $(flags))
export SAM_CLI_TELEMETRY := 0

sources := Sources Tests Benchmarks Package.swift

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
test: test-swift test-infra test-clients ## Runs all tests.

.PHONY: test-swift
test-swift: tools
	@[ -x $(program) ] || echo "The first build takes several minutes; later ones take seconds."
	@swift build --build-tests
	@swift test --skip-build --no-parallel

# The templates, the policies and the definition, in the tools that AWS gives and in moto; all offline.
.PHONY: test-infra
test-infra: compile $(venv)
	@$(python) infra/checks/check_policies.py
	@$(python) infra/checks/check_template.py
	@$(python) infra/checks/moto_equivalence.py out/state_machine.json $(program)
	@$(python) infra/smoke/test_smoke.py

.PHONY: crash
crash: tools ## Kills real processes (kills=300), and damages and fills real files (places=40) of an embedded lake.
	@swift build --product cleanroom
	@swift build --product crash-drill
	@.build/debug/crash-drill kills=$(kills) places=$(places) $(if $(seed),seed=$(seed))

.PHONY: fuzz
fuzz: tools ## Has libFuzzer make up bad input of every kind (minutes=5 for all of them together).
	@scripts/fuzz $(minutes)

.PHONY: sanitize
sanitize: tools ## Runs the tests of readers, engine, lake and service under Thread- and AddressSanitizer.
	@scripts/sanitize

# On two cores the planted bugs take a minute, a hundred thousand schedules at random three, and every pair of faults a
# quarter of an hour.
schedules ?= 100000
seed ?= 1

.PHONY: simulate
simulate: tools ## Plays schedules of faults (schedules=… seed=…), all pairs of faults, and planted bugs.
	@swift build -c release --product cleanroom
	@.build/release/cleanroom simulate --bugs --schedules 3000
	@.build/release/cleanroom simulate --seed $(seed) --schedules $(schedules)
	@.build/release/cleanroom simulate --exhaustive 2

# boto3 and the AWS CLI, as they are, against a server of their own each.
.PHONY: test-clients
test-clients: program $(venv)
	@CLEANROOM_PROGRAM=$(CURDIR)/$(program) $(python) -m pytest --quiet --no-header -p no:cacheprovider Tests/Clients

# Everything against its peers, in one run: half an hour, or some minutes with mode=quick.
mode ?= full

.PHONY: bench
bench: tools $(venv) ## Measures everything beside its peers (mode=quick rooms=…), and writes docs/performance.md.
	@swift build -c release --product cleanroom
	@swift build -c release --product bench
	@$(python) Benchmarks/bench.py mode=$(mode) rooms=$(rooms) $(if $(only),only=$(only))

.PHONY: bench-check
bench-check: tools ## Counts a room's instructions, and fails if they are 5 % more than committed (accept=1 commits).
	@swift build -c release --product bench
	@python3 Benchmarks/check.py accept=$(accept)

.PHONY: dist
dist: tools ## Builds one file to copy, out/dist/cleanroom, with Swift's libraries in it.
	@swift build -c release --product cleanroom --static-swift-stdlib --scratch-path .build-static
	@mkdir -p out/dist && strip -o out/dist/cleanroom .build-static/release/cleanroom
	@ls -lh out/dist/cleanroom | awk '{ print $$NF ": " $$5 }'

# Tests look at a sample of them; all take a minute or two.
.PHONY: mutants
mutants: tools ## Changes every field of the compiled machines, one at a time, and looks what becomes of it.
	@swift build -c release --product cleanroom
	@.build/release/cleanroom simulate --mutants

.PHONY: lint
lint: tools ## Checks the format of the sources.
	@swift format lint --strict --recursive $(sources)

.PHONY: format
format: tools ## Formats the sources.
	@swift format --in-place --recursive $(sources)

# On AWS: compile, build, package, deploy, in this order. Any flag of SAM goes through flags="…".

.PHONY: compile
compile: program ## Assembles out/state_machine.json and checks it.
	@$(program) compile --output out

.PHONY: build
build: $(sam-installed) ## Assembles and validates the CloudFormation template; needs compile.
	@scripts/require-step out/state_machine.json compile
	@[ ! -x $(python) ] || $(python) infra/checks/check_policies.py
	@$(sam) validate --lint --template-file infra/step_function/template.yml --config-file $(samconfig)
	@$(sam) build --template-file infra/step_function/template.yml --build-dir out/build --config-file $(samconfig) $(flags)

.PHONY: package
package: $(sam-installed) ## Uploads it, to the bucket of samconfig.toml or flags, else to SAM's own; needs build.
	@scripts/require-step out/build/template.yaml build out/state_machine.json
	@$(sam) package --template-file out/build/template.yaml --output-template-file out/packaged.yml \
		--config-file $(samconfig) $(if $(own-bucket),,--resolve-s3) $(flags)

.PHONY: deploy
deploy: $(sam-installed) ## Deploys the stack; needs compile, build and package.
	@scripts/require-step out/packaged.yml package out/build/template.yaml
	@$(sam) deploy --template-file out/packaged.yml --config-file $(samconfig) $(with-hash)

.PHONY: delete
delete: $(sam-installed) ## Removes the stack.
	@$(sam) delete --no-prompts --config-file $(samconfig) $(flags)

.PHONY: smoke
smoke: $(venv) ## Runs a real request against the deployed machine (account=… database=…) and checks the room.
	@$(python) infra/smoke/smoke.py --stack-name $(stack) --account $(account) --database $(database) $(flags)

# The pictures in the pages; a test compares them with the machines.
.PHONY: images
images: program ## Draws the pictures in docs/images.
	@mkdir -p docs/images
	@$(program) graph --overview --output docs/images/create.svg
	@$(program) graph --output docs/images/create-whole.svg

.PHONY: clean
clean: ## Removes what compile, build and package have made.
	@rm -rf out

.PHONY: distclean
distclean: clean ## Removes everything that was built or installed here, too.
	@rm -rf .build .venv

$(venv): infra/requirements.txt infra/constraints.txt
	@echo "Installing the Python tools into .venv; this takes about a minute."
	@scripts/require-venv
	@rm -rf .venv && python3 -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --requirement infra/requirements.txt
	@touch $@
