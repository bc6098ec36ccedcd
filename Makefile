# Every recipe is one command: what it does in detail is in scripts/.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The `swift` beside `swiftc`, since Debian has another command named `swift`.
SWIFTC := $(shell command -v swiftc)
SWIFT ?= $(if $(SWIFTC),$(dir $(SWIFTC))swift,$(error swiftc is not on PATH: install Swift 6.3 from https://www.swift.org/install/linux))

# make run DRIVERS="Redis MQTT" compiles these drivers in; CONFIG names another configuration file.
DRIVERS ?=
CONFIG ?= Sources/Beacons/config/config.yml

comma := ,
space := $(subst ,, )
TRAITS = $(if $(strip $(DRIVERS)),--traits default$(comma)$(subst $(space),$(comma),$(strip $(DRIVERS))))
SWIFT_SOURCES := Sources Tests Examples Package.swift

.PHONY: run lambda azure-function test test-full test-grpc mutants bench lint format image api-breaks docs docs-settings clean help

run: ## Build and start Beacons, the sample microservice [DRIVERS="Redis MQTT"] [CONFIG=file.yml]
	@exec $(SWIFT) run $(TRAITS) beacons -c "$(CONFIG)"

lambda: ## Package Beacons for AWS Lambda, with all that it links, as .build/lambda/function.zip
	@SWIFT="$(SWIFT)" scripts/lambda.sh

azure-function: ## Package Beacons for Azure Functions, with all that it links, as .build/azure-function/function.zip
	@SWIFT="$(SWIFT)" scripts/azure-function.sh

test: ## Install what the tests need, build with all drivers, run all tests and checks
	@SWIFT="$(SWIFT)" scripts/test.sh

test-full: ## The same with full counts, a build by literal flags, stress tests of optimised code and two sanitizers
	@SWIFT="$(SWIFT)" scripts/test.sh --full

test-grpc: ## Only the tests of gRPC, with grpcio and the Python edition at the other end (make test-full includes them)
	@SWIFT="$(SWIFT)" scripts/test.sh --grpc

mutants: ## Break random lines of the library and report which the tests notice [MUTANTS="--count 10 --only Data/"]
	@SWIFT="$(SWIFT)" MUTANTS="$(MUTANTS)" scripts/test.sh --mutants

bench: ## Measure against raw baselines and print the table of ratios
	@SWIFT="$(SWIFT)" scripts/bench.sh

lint: ## Check the form of the Swift sources
	@$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_SOURCES)

format: ## Rewrite the Swift sources into that form
	@$(SWIFT) format --in-place --parallel --recursive $(SWIFT_SOURCES)

image: ## Build an OCI image of Beacons into .build/beacons-image.tar, without an engine [DRIVERS="Redis MQTT"]
	@SWIFT="$(SWIFT)" DRIVERS="$(DRIVERS)" scripts/image.sh

api-breaks: ## Compare the public API with that of the last release
	@SWIFT="$(SWIFT)" scripts/api-breaks.sh

docs: ## Build the reference documentation into .build/docs (needs the C libraries of all drivers)
	@SWIFT="$(SWIFT)" scripts/docs.sh

docs-settings: ## Write docs/settings.md anew from the last build with all drivers
	@scripts/settings.sh

clean: ## Remove everything that was built, the Python environment of the tests included
	@rm -rf .build .build-flags .build-release .build-release-tsan .build-tsan .build-asan .build-mutants

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
