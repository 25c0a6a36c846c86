"""Starts WPT's own servers. To be run in the folder of the tests."""
import os
import sys

sys.path.insert(0, os.getcwd())

from tools import localpaths  # noqa: F401
from tools.serve import serve
from wptserve.server import Http2WebTestRequestHandler

# The HTTP/2 server does not see that a connection has ended, and reads on without a pause: here a read of nothing is an error.
setup = Http2WebTestRequestHandler.setup


def setup_that_ends(handler):
    setup(handler)
    receive = handler.request.recv

    def receive_or_end(*args):
        data = receive(*args)
        if not data:
            raise ConnectionResetError("the browser has ended the connection")
        return data

    handler.request.recv = receive_or_end


Http2WebTestRequestHandler.setup = setup_that_ends

if __name__ == "__main__":
    serve.run(**vars(serve.get_parser().parse_args()))
