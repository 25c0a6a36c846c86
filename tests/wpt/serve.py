"""Starts WPT's own servers, which run until the standard input ends. To be run in the folder of the tests."""
import multiprocessing
import os
import signal
import sys
import threading

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


def end_with_input(descriptor):
    while os.read(descriptor, 1024):
        pass
    parent = multiprocessing.parent_process()
    if parent is None:
        os.kill(os.getpid(), signal.SIGINT)
    else:
        # It ends this one as well, in order, if it can.
        parent.join()
        os._exit(0)


# The servers are processes of their own that read this file too. All have the same standard input, so none outlives the runner.
threading.Thread(target=end_with_input, args=(os.dup(0),), daemon=True).start()

if __name__ == "__main__":
    serve.run(**vars(serve.get_parser().parse_args()))
