# Cleanroom: the two commands are `make run` and `make test`. `make help` lists all of them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Steps build on one another, and what could run side by side does so by itself.
.NOTPARALLEL:

# A variable that nothing here reads is a slip of the pen, and make would pass over it in silence.
given := $(foreach each,$(.VARIABLES),$(if $(filter command line,$(origin $(each))),$(each)))
ifneq ($(strip $(given)),)
unknown := $(shell scripts/unknown-variables '$(firstword $(MAKEFILE_LIST))' $(given))
ifneq ($(strip $(unknown)),)
$(error $(unknown))
endif
endif

# Flags of SAM, and of what else works on a deployment.
flags ?=

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
simulate := .build/debug/simulate
stack ?= core-account-cleanroom-create

venv := .venv/installed
python := .venv/bin/python
# SAM from the PATH, or else from PyPI in .venv.
sam := $(or $(shell command -v sam),.venv/bin/sam)
sam-installed := $(if $(shell command -v sam),,$(venv))
# Made once it is known that a step has all that it needs, and not as a prerequisite, which comes before.
install-sam = $(if $(sam-installed),$(MAKE) --no-print-directory $(sam-installed))
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
test: test-announced test-swift test-infra test-clients ## Runs all tests: half an hour, after the first build.

.PHONY: test-announced
test-announced:
	@echo "All tests take about half an hour on two cores; what they need is built first, in about six minutes."

.PHONY: test-all
test-all: test test-longer ## Runs all tests, and what takes longer: three quarters of an hour.

# Bounded, so that it can be run for each change, and with what the tests have built; `make simulate`, built to be fast,
# and `make mutants` go further.
.PHONY: test-longer
test-longer: tools
	@$(MAKE) --no-print-directory crash
	@swift build --product simulate
	@$(simulate) --bugs --schedules 3000
	@$(simulate) --schedules 6000
	@$(simulate) --branches 5000

# Arguments of tests may be of any length: the whole lines are in out/swift-test.log.
.PHONY: test-swift
test-swift: tools
	@[ -x $(program) ] || echo "The first build takes several minutes; later ones take seconds."
	@swift build --build-tests
	@mkdir -p out
	@swift test --skip-build --no-parallel 2>&1 | tee out/swift-test.log | awk '{ print substr($$0, 1, 200); fflush() }'

# The templates, the policies and the definition, in the tools that AWS gives and in moto; all offline.
.PHONY: test-infra
test-infra: compile $(venv)
	@$(python) infra/checks/check_policies.py
	@$(python) infra/checks/machine_role.py out/machine_role.json
	@swift build --product simulate && swift build --product crash-probe
	@$(python) infra/checks/policy_evaluation.py $(simulate)
	@$(simulate) --role out/machine_role.json --exhaustive 1
	@$(simulate) --role out/machine_role.json --schedules 300
	@$(simulate) --role out/machine_role.json --permissions --seed 1 --schedules 400
	@$(python) infra/checks/check_template.py
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(python) infra/checks/moto_equivalence.py out/state_machine.json $(program)
	@$(python) infra/smoke/test_smoke.py
	@$(python) -m pytest --quiet --no-header -rs -p no:cacheprovider infra/checks/test_make.py infra/deploy
	@$(python) -m pytest --quiet --no-header -rs -p no:cacheprovider infra/preflight

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

# On two cores 25,000 schedules at random take three minutes, so a hundred thousand take twelve; every pair of faults is
# half a million more.
schedules ?= 100000
branches ?= 50000

.PHONY: simulate
simulate: tools ## Plays schedules of faults (schedules=… branches=… seed=…), all pairs of faults, and planted bugs.
	@swift build -c release --product simulate
	@.build/release/simulate --bugs --schedules 3000
	@.build/release/simulate $(if $(seed),--seed $(seed)) --schedules $(schedules)
	@.build/release/simulate --bugs --branches 2000
	@.build/release/simulate $(if $(seed),--seed $(seed)) --branches $(branches)
	@.build/release/simulate --exhaustive 2

count ?= 100

.PHONY: source-mutants
source-mutants: tools ## Changes an operator, constant or condition of the sources at a time (count=… seed=…, or at=File:line), for tests to notice.
	@scripts/source-mutants $(if $(at),at=$(at),count=$(count) $(if $(seed),seed=$(seed)))

.PHONY: soak
soak: tools $(venv) ## Has hostile and honest clients at one server, beside each other (minutes=10).
	@swift build -c release --product cleanroom
	@$(python) Tests/Soak/soak.py .build/release/cleanroom minutes=$(if $(filter command line,$(origin minutes)),$(minutes),10)

# boto3 and the AWS CLI, as they are, against a server of their own each.
.PHONY: test-clients
test-clients: program $(venv)
	@CLEANROOM_PROGRAM=$(CURDIR)/$(program) $(python) -m pytest --quiet --no-header -rs -p no:cacheprovider Tests/Clients

# Everything against its peers, in one run: half an hour, or some minutes with mode=quick.
mode ?= full
rooms ?=
only ?=

.PHONY: bench
bench: tools $(venv) ## Measures everything beside its peers (mode=quick rooms=…), and writes docs/performance.md.
	@swift build -c release --product cleanroom
	@swift build -c release --product bench
	@$(python) Benchmarks/bench.py mode=$(mode) rooms=$(rooms) $(if $(only),only=$(only))

accept ?=

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
	@swift build -c release --product simulate
	@.build/release/simulate --mutants

.PHONY: lint
lint: tools ## Checks the format of the sources, and that the files of a workflow stand above one another.
	@swift format lint --strict --recursive $(sources)
	@scripts/source-mutants check
	@scripts/file-circles AWSClient AWSSigning CleanroomCLI CleanroomModel CleanroomServer CleanroomService CleanroomWorkflows DurableExecution EmbeddedLake SagaKit StatesDiagram --bound 1

.PHONY: format
format: tools ## Formats the sources.
	@swift format --in-place --recursive $(sources)

# On AWS: compile, build, package, deploy, in this order. Any flag of SAM goes through flags="…".

# What was read and made is kept in out/steps (scripts/deploy-step), which takes Python; the program takes none.
deploy-step = $(if $(shell python3 -c 'import tomllib; print(1)' 2>/dev/null),scripts/deploy-step,true)

.PHONY: preflight
preflight: $(venv) ## Looks whether the account has what a deployment needs (flags="…" as for deploy), and changes nothing.
	@$(python) infra/preflight/preflight.py $(flags)

.PHONY: compile
compile: ## Assembles out/state_machine.json and checks it.
	@$(deploy-step) note
	@$(MAKE) --no-print-directory program
	@$(program) compile --output out
	@$(deploy-step) compiled

.PHONY: build
build: ## Assembles and validates the CloudFormation template; needs compile.
	@scripts/require-step build $(sam-installed)
	@$(install-sam)
	@[ ! -x $(python) ] || $(python) infra/checks/check_policies.py
	@scripts/deploy-step build $(sam) $(flags)

.PHONY: package
package: ## Uploads it, to the bucket of samconfig.toml or flags, else to SAM's own; needs build.
	@scripts/require-step package $(sam-installed)
	@$(install-sam)
	@scripts/deploy-step package $(sam) $(flags)

.PHONY: deploy
deploy: ## Deploys the stack; needs compile, build and package.
	@scripts/require-step deploy $(sam-installed)
	@$(install-sam)
	@scripts/deploy-step deploy $(sam) $(flags)

.PHONY: delete
delete: $(venv) ## Removes the stack, its role from the data-lake administrators first.
	@$(python) infra/deploy/delete_stack.py $(sam) $(flags)

.PHONY: smoke
smoke: smoke-given $(venv) ## Runs a real request against the deployed machine (account=… database=…) and checks the room.
	@$(python) infra/smoke/smoke.py --stack-name $(stack) --account $(account) --database $(database) $(flags)

# A room is really shared with the account, so neither is taken from the defaults of make run.
.PHONY: smoke-given
smoke-given:
	@$(foreach each,account database,$(if $(filter file,$(origin $(each))),echo "make: $(each) is not given. Write: \
	make smoke account=<12 digits> database=<name>" >&2; exit 1;))

# The compiled machines, for whoever reviews what a change of a workflow makes of them; a test compares them.
.PHONY: golden
golden: tools ## Renews the compiled machines in Tests/Fixtures/golden.
	@CLEANROOM_GOLDEN=renew swift test --filter GoldenDefinitionTests

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
