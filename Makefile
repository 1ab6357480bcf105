# The two commands of a new user: `make demo` and `make test`. Everything is installed into .venv; nothing else is touched.
PYTHON311 ?= $(shell command -v python3.11 || command -v python3)
PYTHON313 ?= $(shell python3.13 -c "import sys; print(sys.executable)" 2>/dev/null)
VENV := .venv
PYTHON := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Tests start hundreds of processes: each would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-blender test-versions lint types docs extension clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.demo
	$(PYTHON) scripts/render.py samples/sample.duet.npz --out out/demo

# Two processes at once, each with whole files; the longest come first (tests/conftest.py). Numerical libraries whose threads
# take both cores in each of the two would mostly wait for one another.
JOBS ?= 2
test: export OMP_NUM_THREADS = 1
test: lint types
	$(PYTHON) -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

# The installed extension in a Blender of yours: make test-blender BLENDER=/path/to/blender
test-blender: $(VENV)/.test
	@test -n "$(BLENDER)" || { echo "name a Blender: make test-blender BLENDER=/path/to/blender" >&2; exit 2; }
	BLENDER="$(BLENDER)" $(PYTHON) -m pytest tests/installed tests/packaging/test_same_numbers.py -k blender

# The add-on's tests on the other Blenders that we support, as bpy modules; 5.2 needs Python 3.13. A gigabyte and some ten minutes each.
VERSIONS := 4.5 $(if $(PYTHON313),5.2)
test-versions: $(VENV)/.test $(VERSIONS:%=$(VENV)-%/.test)
	@test -n "$(PYTHON313)" || echo "no python3.13 is found: Blender 5.2 is left out (or say make test-versions PYTHON313=/path/to/it)"
	set -e; for version in $(VERSIONS); do $(VENV)-$$version/bin/python tools/run_tests.py tests/addon; done
	DUET_PYTHONS=$(subst $(eval ) ,:,$(VERSIONS:%=$(CURDIR)/$(VENV)-%/bin/python)) $(PYTHON) -m pytest tests/installed tests/packaging/test_same_numbers.py -k venv

$(VENV)-4.5/.test: PYTHON_OF = $(PYTHON311)
$(VENV)-5.2/.test: PYTHON_OF = $(PYTHON313)
$(VENV)-%/.test: requirements/blender-%.txt
	test -x $(VENV)-$*/bin/python || $(PYTHON_OF) -m venv $(VENV)-$*
	$(VENV)-$*/bin/python -m pip install --quiet --requirement requirements/blender-$*.txt
	touch $@

lint: $(VENV)/.test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

# The repository is one package whose folder may have any name, so the checker sees it under the package's own name.
types: $(VENV)/.test
	mkdir -p $(VENV)/types
	ln -sfn ../.. $(VENV)/types/duet_connections
	cd $(VENV)/types && ../bin/python -m mypy --config-file ../../pyproject.toml -p duet_connections.duet_core -p duet_connections.addon

# The guide, as pages that open from disk; a warning (such as a link that leads nowhere) is an error.
docs: $(VENV)/.docs
	$(PYTHON) -m sphinx -W --keep-going -n -q docs out/guide

extension: $(VENV)/.demo
	$(PYTHON) tools/build_extension.py

$(VENV)/.demo: requirements/demo.txt
	test -x $(PYTHON) || $(PYTHON311) -m venv $(VENV)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed: remove $(VENV) and run make PYTHON311=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m pip install --quiet --requirement requirements/demo.txt
	touch $@

$(VENV)/.docs: requirements/docs.txt
	$(MAKE) $(VENV)/.demo
	$(PYTHON) -m pip install --quiet --requirement requirements/docs.txt
	touch $@

$(VENV)/.test: requirements/test.txt requirements/demo.txt requirements/train.txt requirements/sweep.txt requirements/onnx.txt requirements/docs.txt
	$(MAKE) $(VENV)/.demo
	$(PYTHON) -m pip install --quiet --requirement requirements/test.txt
	touch $@

clean:
	rm -rf $(VENV) out dist .pytest_cache .mypy_cache .ruff_cache
