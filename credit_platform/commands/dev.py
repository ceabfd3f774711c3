"""``credit-platform dev``: Dagster's UI and daemon on the embedded instance."""

import os
import sys
from pathlib import Path

from credit_platform.contracts.settings import Settings
from credit_platform.resources.instance import dagster_home


def dev_command(*, host: str, port: int) -> None:
    """Become ``dg dev`` in the project folder, with DAGSTER_HOME set; Ctrl-C stops it all."""
    settings = Settings()
    home = dagster_home(settings)
    sys.stderr.write(f"Dagster home {home}\nMLflow       mlflow ui --backend-store-uri {settings.mlflow_uri}\n")
    os.chdir(settings.project)
    if sys.prefix != sys.base_prefix:
        # dg warns twice about an environment that is used but not activated; this one is the right one.
        os.environ["VIRTUAL_ENV"] = sys.prefix
    executable = Path(sys.executable).with_name("dg")
    os.execv(executable, [str(executable), "dev", "--host", host, "--port", str(port)])
