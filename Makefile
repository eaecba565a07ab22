# One word per task. A fresh machine needs Python 3.11, make and git; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python
# Tests wait more than they compute: for processes to start, for a crawler's politeness, for the disk.
WORKERS ?= $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --offline -e .

.PHONY: setup demo test check check-style check-mypy check-pyright e2e bench bench-answers bench-feed bench-knowledge bench-experiments screenshots serve lock clean

setup: .venv/dev.stamp

.venv/uv.stamp: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Bowerbird needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# What runs the product, and no more.
.venv/runtime.stamp: .venv/uv.stamp requirements/runtime.txt pyproject.toml
	@echo "installing Bowerbird into .venv …"
	@test -e .venv/dev.stamp || $(UV) requirements/uv.txt requirements/runtime.txt
	@$(INSTALL)
	@touch $@

# The same and the tools to check it.
.venv/dev.stamp: .venv/uv.stamp requirements/dev.txt pyproject.toml
	@echo "installing Bowerbird and its tools into .venv …"
	@$(UV) requirements/uv.txt requirements/dev.txt
	@$(INSTALL)
	@touch $@ .venv/runtime.stamp

# The same and others' libraries that ours are measured beside.
.venv/bench.stamp: .venv/dev.stamp requirements/bench.txt
	@echo "installing what is measured beside it into .venv …"
	@$(UV) requirements/uv.txt requirements/bench.txt
	@$(INSTALL)
	@touch $@

demo: .venv/runtime.stamp
	@$(BIN)/bowerbird demo $(ARGS)

serve: .venv/runtime.stamp
	@$(BIN)/bowerbird serve $(ARGS)

# The slow ones at the same time; what each says stays together.
check: .venv/dev.stamp
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-pyright check-mypy check-style

check-style:
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

check-mypy:
	$(BIN)/mypy src tests bench

check-pyright:
	$(BIN)/pyright

test: .venv/dev.stamp
	$(BIN)/pytest -m "not e2e" -n $(WORKERS) --dist loadfile $(ARGS)

e2e: .venv/dev.stamp
	$(BIN)/pytest -m e2e -n $(shell getconf _NPROCESSORS_ONLN) --dist loadfile $(ARGS)

bench: .venv/dev.stamp
	$(BIN)/python -m bench $(ARGS)

# What answers are worth: each of these prints figures of its own.
bench-answers: .venv/dev.stamp
	$(BIN)/python -m bench answers citations verifier conflicts judgements evaluation windows multihop stale injections liars questions

# What feeds are worth, how fast they are (with `wrk` and `nginx` from Debian), and what they do when something fails.
bench-feed: .venv/bench.stamp
	$(BIN)/python -m bench feed feed_faults draws thompson thompson_world enr_world feed_real partitions caches shared events $(ARGS)

# What is known of entities: as above.
bench-knowledge: .venv/dev.stamp
	$(BIN)/python -m bench entities relations resolution goal_tables conflicts pdf languages explorer

# What the statistics of experiments are worth: as above.
bench-experiments: .venv/dev.stamp
	$(BIN)/python -m bench experiments side_by_side assignment counting own_experiments $(ARGS)

# Every page in both themes and widths, into docs/ (needs chromium; pngquant and optipng make the pictures small).
screenshots: .venv/dev.stamp
	$(BIN)/python -m bench.screenshots $(ARGS)

# After a change of pyproject.toml.
lock: .venv/uv.stamp
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev --group bench -c requirements/dev.txt -o requirements/bench.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
