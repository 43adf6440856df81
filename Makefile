# maquette: set-up, build, tests and the demo. Nothing needs to be typed before these on a machine with Rust and make.

.PHONY: help demo test build bench oracle
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+): .*## /  make \1\t/' | expand -t 16

demo: ## render a few seconds of the corridor, with sound
	@scripts/setup run
	@scripts/demo

test: ## format, lints, every test, doc tests and the docs
	@scripts/setup test
	@scripts/check

build: ## build the program; its path is the last line
	@scripts/setup build
	@scripts/build

bench: ## one table of figures measured on this machine
	@scripts/setup run
	@scripts/bench

oracle: ## compare with independent programs (installs them from PyPI into a virtual environment)
	@scripts/setup test
	@scripts/oracle
