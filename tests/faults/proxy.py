"""A wire between a client and the server that can be cut at a chosen word."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Proxy:
    """Forwards to the server; `cut_after` drops the connection once that word has passed, its answer withheld.

    With `cut_before` the word itself does not reach the server. Each cuts once, after `spare` times of letting it pass.
    With `mute_after` nothing comes through any more once that word has passed, though every connection stays open and
    new ones are taken; with `only_one`, nothing on that connection. `refuse`: new connections are closed.
    """

    def __init__(self, host: str, port: int) -> None:
        self.cut_after: bytes | None = None
        self.cut_before: bytes | None = None
        self.mute_after: bytes | None = None
        self.mute = False
        self.only_one = False
        self.spare = 0
        self.refuse = False
        self.cuts = 0
        self._muted: set[socket.socket] = set()
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """End all connections and threads."""
        self.refuse = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse:
                client.close()
                continue
            server = socket.create_connection(self._server)
            for pump in (self._to_server, self._to_client):
                thread = threading.Thread(target=pump, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self._is_due(self.mute_after, data):
                    self.mute_after, self.mute = None, not self.only_one
                    self._muted.add(client)
                    server.sendall(data)
                if self.mute or client in self._muted:
                    continue
                if self._is_due(self.cut_before, data):
                    self.cut_before = None
                    break
                cut = self._is_due(self.cut_after, data)
                if cut:
                    self.cut_after = None
                    with suppress(OSError):
                        client.shutdown(socket.SHUT_RDWR)  # the answer will find nobody
                server.sendall(data)
                if cut:
                    with suppress(OSError):
                        while server.recv(65536):  # let the server finish before the wire is gone
                            break
                    break
        _hang_up(client, server)

    def _is_due(self, word: bytes | None, data: bytes) -> bool:
        if not word or word not in data:
            return False
        self.spare -= 1
        if self.spare >= 0:
            return False
        self.cuts += 1
        return True

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if not (self.mute or client in self._muted):
                    client.sendall(data)
        _hang_up(client, server)


def _hang_up(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
