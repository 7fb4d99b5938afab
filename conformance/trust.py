"""Whom a run trusts: the CA it was given, or the system's roots. No environment."""

import ssl
from pathlib import Path

from conformance.errors import UsageError


def trusting(ca: Path | None) -> ssl.SSLContext:
    """Give a TLS context that trusts a CA file, or the system's roots.

    Raises:
        UsageError: The file holds no certificate.
    """
    if ca is None:
        return _trusting_system()
    try:
        return ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(f"{ca}: no PEM file of certificates ({error})") from error


def _trusting_system() -> ssl.SSLContext:
    """Trust the roots that are installed.

    Left to itself, OpenSSL lets SSL_CERT_FILE and SSL_CERT_DIR decide, and with them
    whoever's shell the run was started from.
    """
    known = ssl.get_default_verify_paths()
    file, folder = Path(known.openssl_cafile), Path(known.openssl_capath)
    return ssl.create_default_context(
        cafile=file if file.is_file() else None,
        capath=folder if folder.is_dir() else None,
    )
