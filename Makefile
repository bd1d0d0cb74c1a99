# The course in a few commands. `make` alone lists them. Windows without make: see README.md.
PYTHON ?= python3
VENV   ?= .venv
DAY    ?= day01_perceptron
CHOSEN := $(if $(filter command environment,$(firstword $(origin DAY))),$(DAY))
BIN    := $(VENV)/bin
NOTEBOOK = $(DAY)/$(shell echo $(DAY) | cut -c 7-).ipynb
# JupyterLab without its questions about news and updates; a README opens rendered.
LAB_SETTINGS := {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}, \
	"@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}}}

.PHONY: help lab serve progress test refresh report mutants lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Installed once, and again only when what is required has changed.
$(VENV)/installed: requirements.txt constraints.txt requirements-data.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v[:2] <= (3, 13) or sys.exit(f"The course needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is {v[0]}.{v[1]}. Name another: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-data.txt
	@mkdir -p $(VENV)/share/jupyter/lab/settings && echo '$(LAB_SETTINGS)' > $(VENV)/share/jupyter/lab/settings/overrides.json
	@touch $@

lab: $(VENV)/installed ## open JupyterLab, on Day 1 or on DAY=day02_tensors
	@test -f "$(NOTEBOOK)" || { echo "There is no notebook in '$(DAY)'. The days here: $(wildcard day[0-9][0-9]_*)"; exit 1; }
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url="/lab/tree/$(NOTEBOOK)?file-browser-path=/" $(LAB_ARGS)

serve: $(VENV)/installed ## serve Day 15's model on http://127.0.0.1:8501/, or SERVE_ARGS="--port 9000"
	$(BIN)/python day15_deployment/serve.py $(SERVE_ARGS)

progress: $(VENV)/installed ## show which exercises you have solved, of all days or of DAY=day02_tensors
	@$(BIN)/python tests/progress.py $(CHOSEN)

test: $(VENV)/installed ## run every cell of every notebook and every test, network off
	$(BIN)/python -m pytest --nbval $(PYTEST_ARGS)

refresh: $(VENV)/installed ## re-execute a notebook and save its outputs: DAY=day05_optimizers
	$(BIN)/python tests/refresh.py $(DAY)

report: $(VENV)/installed ## run every notebook (or DAY=) once and write time, memory and results into README.md
	$(BIN)/python tests/report.py $(CHOSEN)

mutants: $(VENV)/installed ## plant small bugs in the lessons' functions and list those that no cell catches (DAY=, MUTANTS_ARGS=--all)
	$(BIN)/python tests/mutants.py $(CHOSEN) $(MUTANTS_ARGS)

lock: ## regenerate constraints.txt after a change of requirements.txt
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	grep -v '^-c' requirements.txt | .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--no-annotate --no-header --upgrade - --output-file constraints.txt
	rm -rf .venv-lock

clean: ## remove the environment and everything that the lessons write
	rm -rf $(VENV) .pytest_cache .hypothesis day15_deployment/models
	find . -path './.?*' -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -print | xargs rm -rf
