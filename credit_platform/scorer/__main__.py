"""``python -m credit_platform.scorer [host [port]]``: the server of the scorer's image, which holds no command line."""

import sys

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.server import serve


def main(host: str = "127.0.0.1", port: str = "8000") -> None:
    """Serves by the settings of the environment."""
    settings = Settings()
    serve(settings, host=host, port=int(port), workers=settings.workers)


if __name__ == "__main__":
    main(*sys.argv[1:])
