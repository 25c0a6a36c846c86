"""Starts WPT's own servers. To be run in the folder of the tests."""
import os
import sys

sys.path.insert(0, os.getcwd())

from tools import localpaths  # noqa: F401
from tools.serve import serve

if __name__ == "__main__":
    serve.run(**vars(serve.get_parser().parse_args()))
