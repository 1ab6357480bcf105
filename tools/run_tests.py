"""pytest in a Python with a bpy module that does not end by itself, such as 4.5's: ``python tools/run_tests.py ARGUMENTS`` of pytest."""

import os
import sys

import pytest

if __name__ == "__main__":
    status = pytest.main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status))
