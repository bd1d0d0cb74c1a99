# The course in a few commands. `make` alone lists them. Windows without make: see README.md.
#
# Variables come from the command line alone, as in `make lab DAY=day02_tensors`. What a shell happens to export under
# such a common name must not choose what is installed, run or removed.
override VARIABLES := PYTHON VENV DAY LAB_ARGS SERVE_ARGS PYTEST_ARGS MUTANTS_ARGS LINT_ARGS
$(foreach name,$(VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),,$(eval override $(name) :=)))

# In single quotes for the shell, whatever it holds.
override quoted = '$(subst ','\'',$(1))'

# `$(call course,command,arguments)`: tools/environment.py makes or mends the environment first, where that is needed.
# -I: nothing that PYTHONPATH or another variable holds is imported on the way.
override course = @python=$(call quoted,$(or $(PYTHON),python3)); \
	command -v "$$python" > /dev/null || { echo "There is no $$python. Install Python 3.11, 3.12 or 3.13, or name it: make PYTHON=python3.13 …" >&2; exit 2; }; \
	"$$python" -E -S -c 'import sys; sys.exit(sys.version_info < (3, 9) and "The course needs Python 3.11, 3.12 or 3.13, and this is %d.%d. Name another: make PYTHON=python3.13 …" % sys.version_info[:2])' || exit 2; \
	"$$python" -I -X utf8 tools/environment.py $(if $(PYTHON),--python-was-named) $(if $(VENV),--venv=$(call quoted,$(VENV))) \
	$(if $(DAY),--day=$(call quoted,$(DAY))) $(1) -- $(2)

.PHONY: help install lab serve progress test lint refresh minutes report facts mutants drawings lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

install: ## make the environment, or mend it, and install what the course needs
	$(call course,install)

lab: ## open JupyterLab, on Day 1 or on DAY=day02_tensors
	$(call course,lab,$(LAB_ARGS))

serve: ## serve Day 15's model on http://127.0.0.1:8501/, or SERVE_ARGS="--port 9000"
	$(call course,serve,$(SERVE_ARGS))

progress: ## show which exercises you have solved, of all days or of DAY=day02_tensors
	$(call course,progress)

test: ## run every cell of every notebook and every test, network off; or those of DAY=day02_tensors
	$(call course,test,$(PYTEST_ARGS))

lint: ## look at the code without running it: ruff, mypy, the rules of the lessons; or LINT_ARGS=types
	$(call course,lint,$(LINT_ARGS))

refresh: ## re-execute a notebook and save its outputs: DAY=day05_optimizers
	$(call course,refresh)

minutes: ## show how many minutes each day takes, or with its sections DAY=day02_tensors
	$(call course,minutes)

report: ## run every notebook (or DAY=) once and write down its time and memory; nothing else may run meanwhile
	$(call course,report)

facts: ## renew the tables and numbers in README.md, CONTRIBUTING.md and the days' READMEs from their sources
	$(call course,facts)

mutants: ## plant small bugs in the lessons' functions and list those that no cell catches (DAY=, MUTANTS_ARGS=--all)
	$(call course,mutants,$(MUTANTS_ARGS))

drawings: ## put the drawings of all days (or DAY=) on one sheet, on white and on dark, to look at
	$(call course,drawings)

lock: ## regenerate constraints.txt after a change of requirements.txt
	@place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && set -e && \
	$(call quoted,$(or $(PYTHON),python3)) -m venv "$$place" && \
	"$$place/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	grep -v '^-c' requirements.txt > "$$place/direct.txt" && \
	"$$place/bin/python" -m uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header \
		"$$place/direct.txt" --output-file constraints.txt

clean: ## remove the environment, caches and exported models: what the course made, and nothing else
	$(call course,clean)
