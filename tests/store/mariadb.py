"""A MariaDB server of a test's own: its data in a folder of the test's, on a free port of this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pymysql
import pytest

from engine.store import DatabaseUrl

USER, PASSWORD = "ana", "s3cret-and-long"
_SMALL = (
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--performance-schema=OFF",
    "--max-connections=30",
)


def make_data(folder: Path) -> Path:
    """A data folder with a user who may do everything; skips where no MariaDB is installed."""
    install = shutil.which("mariadb-install-db")
    if install is None or _server() is None:
        pytest.skip("needs mariadbd and mariadb-install-db")
    data = folder / "data"
    command = [
        install,
        "--no-defaults",
        f"--datadir={data}",
        "--skip-test-db",
        "--auth-root-authentication-method=normal",
    ]
    subprocess.run([*command, *_SMALL], check=True, capture_output=True, timeout=120)
    login = f"CREATE OR REPLACE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';"
    (folder / "users.sql").write_text(f"{login}\nGRANT ALL ON *.* TO {USER}@'127.0.0.1';\n", encoding="utf-8")
    return data


@contextmanager
def running(data: Path, *options: str) -> Iterator[DatabaseUrl]:
    """A server on a copy of that data; it is ended with the test."""
    port = free_port()
    data = Path(shutil.copytree(data, data.with_name(f"data-{port}")))
    process = start(data, port, *options)
    try:
        yield url_of(port)
    finally:
        stop(process)
        shutil.rmtree(data)


def start(data: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    """A server on that data itself; returns when it answers."""
    command = [str(_server()), "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1"]
    files = [f"--socket={data}/s", f"--pid-file={data}/pid", f"--init-file={data.parent}/users.sql"]
    # Started as root it would not run; and names are not looked up, so that a user is known by address.
    rights = [f"--user={data.owner()}", "--skip-name-resolve"]
    log = data.parent / "server.log"
    with log.open("ab") as said:
        process = subprocess.Popen([*command, *files, *rights, *_SMALL, *options], stdout=said, stderr=said)
    try:
        _wait_for(url_of(port), process, log)
    except BaseException:
        stop(process)
        raise
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and end it when it does not."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(30)
    process.kill()
    process.wait()


def url_of(port: int) -> DatabaseUrl:
    """A database on the server at that port."""
    return DatabaseUrl("mysql", host="127.0.0.1", port=port, user=USER, password=PASSWORD, name="films")


def _wait_for(url: DatabaseUrl, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            pymysql.connect(host=url.host, port=url.port, user=url.user, password=url.password).close()
        except pymysql.Error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)
        else:
            return


def _server() -> str | None:
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
