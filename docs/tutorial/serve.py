"""Serves the stock API over TLS, by a CA that is made at the start.

It writes ``ca.pem``, ``certificate.pem`` and ``stock.db`` where it is started.
"""

import sys

import trustme
import uvicorn
from app import app


def main() -> None:
    """Serve on the port that is given, or 8443, until Ctrl-C."""
    port = int(sys.argv[1]) if sys.argv[1:] else 8443
    authority = trustme.CA()
    authority.cert_pem.write_to_path("ca.pem")
    issued = authority.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path("certificate.pem")
    uvicorn.run(
        app,
        host="localhost",
        port=port,
        http="h11",  # httptools refuses unknown methods itself, in plain text
        ssl_certfile="certificate.pem",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
