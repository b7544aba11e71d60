"""The TLS that a URL asks for. What is asked for is never left out, and what contradicts itself is no URL."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnreachable

if TYPE_CHECKING:
    from engine.store.url import DatabaseUrl


def arguments(url: DatabaseUrl) -> dict[str, Any]:
    """What PyMySQL is told: no TLS, TLS as the URL says, or, without an ssl_ option, TLS if the server has it.

    PyMySQL's own reading of the options is not used: it takes some of them (`ssl_verify_cert=false` alone) for none.
    """
    if dict(url.tls).get("ssl_disabled"):
        return {"ssl_disabled": True}
    return {"ssl": _context(url)} if url.tls else {}


def _context(url: DatabaseUrl) -> ssl.SSLContext:
    asked: dict[str, Any] = dict(url.tls)
    try:
        context = ssl.create_default_context(cafile=asked.get("ssl_ca"))
        if "ssl_cert" in asked:
            context.load_cert_chain(asked["ssl_cert"], asked.get("ssl_key"))
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        files = ", ".join(str(asked[key]) for key in ("ssl_ca", "ssl_cert", "ssl_key") if key in asked)
        reason = getattr(error, "strerror", None) or error
        raise StoreUnreachable(
            f"{url}: can't read the certificates in {files} ({reason}). Check the ssl_ options of the URL."
        ) from error
    # A certificate of any other host, by an authority that certifies many, would do without the check of the name.
    context.check_hostname = url.verifies and asked.get("ssl_verify_identity", True)
    context.verify_mode = ssl.CERT_REQUIRED if url.verifies else ssl.CERT_NONE
    # Python 3.13 turns this on, and the certificates that servers make for themselves do not pass it.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
