"""``python -m credit_platform.scorer [host [port]]``: the server of the scorer's image, which holds no command line."""

import sys

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.server import serve

if __name__ == "__main__":
    given = [*sys.argv[1:], *("127.0.0.1", "8000")[len(sys.argv) - 1 :]]
    found = Settings()
    serve(found, host=given[0], port=int(given[1]), workers=found.workers)
