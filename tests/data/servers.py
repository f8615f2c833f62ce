"""A mirror on this machine, for the tests of downloads: with Range, without, breaking off, sending something else."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror(ThreadingHTTPServer):
    """Serves the bytes of `files`; `asked` records (path, Range header or None) of each request.

    `ranges` False ignores Range; `breaks` is a list of numbers of bytes after which the next answers break off;
    `status` is the answer to everything instead of 200.
    """

    daemon_threads = True

    def __init__(self, files, ranges=True, breaks=(), status=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.ranges, self.breaks, self.status = files, ranges, list(breaks), status
        self.asked = []

    def url(self, name=""):
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, name, asked = self.server, self.path.lstrip("/"), self.headers.get("Range")
        server.asked.append((name, asked))
        if server.status or name not in server.files:
            return self.send_error(server.status or 404)
        content, start = server.files[name], 0
        if asked and server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
            if start >= len(content):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:][: server.breaks.pop(0) if server.breaks else None])
        self.close_connection = True

    def log_message(self, *arguments):
        """Silence: the tests ask `asked`."""


@contextmanager
def mirror(files, **options):
    """A running Mirror."""
    server = Mirror(files, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
