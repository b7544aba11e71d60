"""A server that is after the password: it greets, asks for another way to log in, and keeps all that it hears."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress

_SALT = b"12345678abcdefghijkl"
_CAPABILITIES = 0x000FF7FF  # everything that a server of today has, but TLS
_TLS = 0x800
OK = b"\x00\x00\x00\x02\x00\x00\x00"


def switch_to(plugin: str, data: bytes = _SALT + b"\0") -> bytes:
    """The request to log in in that way."""
    return b"\xfe" + plugin.encode() + b"\0" + data


class Rogue:
    """Listens on a free port of this machine; `answers` are sent one after each packet of the client, then OK."""

    def __init__(
        self, plugin: str, answers: Sequence[bytes], tls: ssl.SSLContext | None = None, greeting: bytes = b""
    ) -> None:
        self.heard = b""
        self.greeting = greeting or _greeting(plugin, _CAPABILITIES | (_TLS if tls else 0))
        self._answers = answers
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """End; `heard` is whole after this."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError, EOFError):  # the client hung up, as it should
                self._talk(wire)
            wire.close()

    def _talk(self, wire: socket.socket) -> None:
        wire.settimeout(10)
        _send(wire, 0, self.greeting)
        if self._tls:
            self._hear(wire)
            wire = self._tls.wrap_socket(wire, server_side=True)
        with wire:
            for answer in (*self._answers, OK):
                _send(wire, self._hear(wire) + 1, answer)
            self._hear(wire)

    def _hear(self, wire: socket.socket) -> int:
        """Take one packet; returns its number."""
        head = self._take(wire, 4)
        self.heard += self._take(wire, int.from_bytes(head[:3], "little"))
        return head[3]

    @staticmethod
    def _take(wire: socket.socket, n: int) -> bytes:
        data = b""
        while len(data) < n:
            more = wire.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data


def _send(wire: socket.socket, number: int, payload: bytes) -> None:
    wire.sendall(len(payload).to_bytes(3, "little") + bytes([number % 256]) + payload)


def _greeting(plugin: str, capabilities: int) -> bytes:
    return (
        b"\x0a8.0.99\0" + struct.pack("<I", 1) + _SALT[:8] + b"\0"
        + struct.pack("<HBHHB", capabilities & 0xFFFF, 45, 2, capabilities >> 16, 21) + bytes(10)
        + _SALT[8:] + b"\0" + plugin.encode() + b"\0"
    )  # fmt: skip
