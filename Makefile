# Every target sets up what it needs. PYTHON picks the interpreter (3.11 or later).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .venv-bench
DOCUMENT_PEERS := .venv-documents-peers
MUTANTS := .venv-mutants

.PHONY: help setup demo test test-fast coverage style lint format types imports check stats bench bench-job bench-checker bench-accuracy bench-claims bench-monitor bench-attacks bench-parser bench-interning bench-faults bench-service-faults bench-service bench-service-orders bench-ledger bench-path bench-orders bench-concurrency bench-scale bench-exports bench-law bench-lint bench-lookalikes bench-review bench-kernels bench-documents mutants lock kernels clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(READY)  ## make the virtual environment, from hashed requirements

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Comity needs Python 3.11 or later; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m comity.app.kernel_cache
	@touch $(READY)

demo: $(READY)  ## the whole job on synthetic data; writes out/demo/index.html
	$(BIN)/comity demo --out out/demo

test: $(READY)  ## every test, on all processors
	$(BIN)/python -m pytest -n auto --dist loadfile

test-fast: $(READY)  ## the tests that take no second each: no PostgreSQL, no injected faults; under a minute
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow and not postgres and not faults"

coverage: $(READY)  ## lines and branches that the tests reach; writes out/coverage/index.html
	rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage html -q -d out/coverage
	$(BIN)/python -m coverage report --sort=cover

lint: $(READY)  ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(READY)  ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(READY)  ## mypy --strict on src and tests
	$(BIN)/mypy

imports: $(READY)  ## the layer contract
	$(BIN)/lint-imports --no-logo

check: lint types imports test  ## what CI runs

bench: bench-job  ## the measurements that need nothing but this repository

bench-job: $(READY)  ## the main job, timed and counted; writes docs/results/main-job.md
	$(BIN)/python bench/main_job.py

bench-checker: $(READY)  ## the separate checker on 1.28 million entries and 10,000 changed bytes; writes docs/results/checker.md
	$(BIN)/python bench/checker.py

bench-accuracy: $(READY) $(PEERS)/.ready  ## RUNS="FOLDER ..." of the evaluation protocol, Splink beside; writes docs/results/accuracy.md
	$(BIN)/python bench/accuracy.py --peers $(PEERS)/bin/python $(RUNS)

bench-claims: $(READY) $(PEERS)/.ready  ## DATA=folder of runs by mix: wrong confirmations and claims by mix, Splink beside; writes docs/results/claims.md
	$(BIN)/python bench/claims.py --data $(DATA) --peers $(PEERS)/bin/python

bench-monitor: $(READY)  ## batches of a population and of others, and which are held; DATA=folder keeps the files; writes docs/results/population-monitor.md
	$(BIN)/python bench/population_monitor.py $(if $(DATA),--data $(DATA))

$(PEERS)/.ready: requirements/bench.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $(PEERS)/.ready

bench-interning: $(READY)  ## Arrow's dictionary encoding against a hash table of our own; writes docs/results/interning.md
	$(BIN)/python bench/interning.py

bench-parser: $(READY)  ## the address parser on labelled addresses; writes docs/results/parser.md
	$(BIN)/python bench/parser.py

bench-attacks: $(READY)  ## what a requester can make the gates search, and lawful files; ROWS=2000000; writes docs/results/attacks.md
	$(BIN)/python bench/attacks.py $(ROWS)

bench-lookalikes: $(READY)  ## names and addresses that look like one on record, by kind and tradition; writes docs/results/lookalikes.md
	$(BIN)/python bench/lookalikes.py $(PEOPLE)

bench-review: $(READY)  ## what people win back of what is uncertain, and how careless and colluding ones are found; writes docs/results/review.md and docs/results/reviewers.md
	$(BIN)/python bench/review.py
	$(BIN)/python bench/reviewers.py

bench-service-faults: $(READY)  ## the service's worker killed 200 times at random moments; writes docs/results/service-faults.md
	$(BIN)/python bench/service_faults.py

bench-service-orders: $(READY)  ## an order entered at 200 points of a running job; writes docs/results/service-orders.md
	$(BIN)/python bench/service_orders.py

bench-service: $(READY)  ## single questions over the service: p50, p99, a second; PEOPLE=120000; writes docs/results/service.md
	$(BIN)/python bench/service_load.py $(PEOPLE)

bench-faults: $(READY)  ## a thousand injected faults on both databases; writes docs/results/faults.md
	$(BIN)/python bench/faults.py

bench-ledger: $(READY)  ## entries appended and published a second, proofs; writes docs/results/ledger.md
	$(BIN)/python bench/ledger.py

bench-exports: $(READY)  ## 150,000 rows in five layouts, indexed and checked against truth; ROWS=n; writes docs/results/mixed-export.md
	$(BIN)/python bench/mixed_export.py $(ROWS)

bench-lint: $(READY)  ## 1.28 million rows of which one in twenty is bad, each named; ROWS=n; writes docs/results/lint.md
	$(BIN)/python bench/lint.py $(ROWS)

bench-law: $(READY)  ## the file of August 2025 by the law of four days; writes docs/results/law.md
	$(BIN)/python bench/law.py

bench-kernels: $(READY)  ## the column kernels beside libraries on 1.28 million rows; writes docs/results/column-kernels.md
	$(BIN)/python bench/column_kernels.py $(if $(BATCH),--batch $(BATCH))

bench-documents: $(READY) $(DOCUMENT_PEERS)/.ready  ## papers: vectors, other libraries' wrong verdicts, rates, 10 million customers; VECTORS=folder, CUSTOMERS=n; writes docs/results/documents.md
	$(BIN)/python bench/documents/results.py --peers-python $(DOCUMENT_PEERS)/bin/python $(if $(VECTORS),--vectors $(VECTORS)) $(if $(CUSTOMERS),--customers $(CUSTOMERS))

$(DOCUMENT_PEERS)/.ready: requirements/documents-peers.txt
	$(PYTHON) -m venv $(DOCUMENT_PEERS)
	$(DOCUMENT_PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/documents-peers.txt
	@touch $(DOCUMENT_PEERS)/.ready

mutants: $(READY) $(MUTANTS)/.ready  ## mutation testing of what decides outcomes (MODULES="gates.engine ..." for some); writes docs/results/mutants.md
	$(MUTANTS)/bin/python -m tools.mutation $(MODULES)

$(MUTANTS)/.ready: requirements/mutants.txt
	$(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/mutants.txt
	$(MUTANTS)/bin/python -c 'import sysconfig, pathlib; pathlib.Path(sysconfig.get_path("purelib"), "zz_project.pth").write_text(str(next(pathlib.Path("$(VENV)").resolve().glob("lib/python*/site-packages"))))'
	@touch $(MUTANTS)/.ready

bench-orders: $(READY)  ## a court order inserted at more than 200 points of a running batch; writes docs/results/orders.md
	$(BIN)/python bench/orders.py

bench-concurrency: $(READY)  ## four processes that withhold, lift, verify, deliver and add orders at once, 200 rounds; writes docs/results/concurrency.md
	$(BIN)/python bench/concurrency.py

bench-scale: $(READY) $(PEERS)/.ready  ## up to 160 million records; WORK=folder SIZES=1,10 SPLINK=1,10 to choose; writes docs/results/scale.md
	$(BIN)/python bench/scale.py $(if $(WORK),--work $(WORK)) $(if $(SIZES),--sizes $(SIZES)) $(if $(SPLINK),--splink $(SPLINK))

bench-path: $(READY)  ## where the time of `verify` goes on 1.28 million rows; NATION=folder of bench-scale; writes docs/results/path.md
	$(BIN)/python bench/verify_path.py $(if $(NATION),--nation $(NATION))

stats: $(READY)  ## sizes to look at
	@$(BIN)/python tools/stats.py

style: $(READY)  ## names and sentences, counted; BEFORE=commit writes docs/results/style.md
	@$(BIN)/python tools/style_report.py $(if $(BEFORE),--before $(BEFORE))

lock: $(READY)  ## pin and hash the dependencies again (needs uv on the PATH)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/dev.txt
	uv pip compile --group mutants --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/mutants.txt
	uv pip compile --group bench --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/bench.txt
	uv pip compile --group documents-peers --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/documents-peers.txt

kernels: $(READY)  ## compile the kernels again if a file of theirs changed (commands and tests do it by themselves)
	$(BIN)/python -m comity.app.kernel_cache

clean:  ## remove what the targets made
	rm -rf $(VENV) $(PEERS) $(DOCUMENT_PEERS) $(MUTANTS) out .mypy_cache .ruff_cache .pytest_cache
