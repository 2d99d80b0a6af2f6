# SPDX-License-Identifier: Apache-2.0
"""What tests do to a running server: its network goes, its disk fills up, its clients are slow (its clock: moving_clock.py)."""

import contextlib
import os
import resource
import shutil
import socket
import subprocess
import threading

from harness import process


class Relay:
    """A network path to `port` that can be cut: `forward`, `refuse` (nobody listens), `swallow` (nobody answers)."""

    def __init__(self, port):
        self.target = port
        self.port = process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._listener, self._open, self._forwarding = None, set(), False
        self.forward()

    def forward(self):
        """Everything goes through."""
        self._listen(forwarding=True)

    def refuse(self):
        """Connections are cut, and new ones refused."""
        self._stop()

    def swallow(self):
        """Connections are cut; new ones are accepted and never answered."""
        self._listen(forwarding=False)

    close = refuse

    def _stop(self):
        with self._lock:
            listener, self._listener = self._listener, None
            connections, self._open = self._open, set()
        for end in [listener, *connections]:
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _listen(self, forwarding):
        self._stop()
        listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        with self._lock:
            self._listener, self._forwarding = listener, forwarding
        threading.Thread(target=self._accept, args=(listener, forwarding), daemon=True).start()

    def _accept(self, listener, forwarding):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if not self._keep(near, listener) or not forwarding:
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            if self._keep(far, listener):
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _keep(self, end, listener):
        """Remembers a connection, unless its time is over already."""
        with self._lock:
            current = self._listener is listener
            if current:
                self._open.add(end)
        if not current:
            end.close()
        return current

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            with self._lock:
                self._open.discard(end)


class SlowClients:
    """Connections that send one byte of a header now and then, and never come to an end."""

    def __init__(self, port, count):
        self.connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        self._over = threading.Event()
        for connection in self.connections:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            connection.setblocking(False)
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _drip(self):
        while not self._over.wait(1):
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.send(b"a")

    def ended(self):
        """How many the server has ended."""
        count = 0
        for connection in self.connections:
            try:
                count += connection.recv(4096) is not None
            except BlockingIOError:
                pass
            except OSError:
                count += 1
        return count

    def close(self):
        self._over.set()
        self._thread.join()
        for connection in self.connections:
            connection.close()


@contextlib.contextmanager
def no_file_grows_beyond(pid, size):
    """While it lasts, a running program cannot write behind byte `size` of any file: a disk that is full, for it alone."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


class SmallDisk:
    """A file system of a few megabytes, where mounting is allowed."""

    def __init__(self, folder, megabytes):
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
        mounter = shutil.which("mount")
        done = mounter and os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False)
        self.mounted = bool(done) and done.returncode == 0

    def fill(self):
        """Takes the last byte."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(b"\0" * 4096):
                pass

    def empty(self):
        """Gives them back."""
        (self.folder / "ballast").unlink()

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)
            self.mounted = False
