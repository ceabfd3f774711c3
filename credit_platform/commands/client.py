"""``credit-platform client``: scores the records of a JSON file through a running scorer."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from credit_platform.client import Client, ClientError, Scored
from credit_platform.contracts.decision import ReasonsWanted


def client_command(
    url: str, file: Path, *, use_case: str | None, key: str | None, reasons: ReasonsWanted, as_json: bool
) -> int:
    """Exit code 0 with every decision printed, 1 where the scorer refuses or cannot be reached."""
    try:
        with Client(url, use_case=use_case, key=key) as client:
            found = client.score(_records(file), reasons=reasons)
    except (ClientError, ValueError) as error:
        Console(stderr=True, soft_wrap=True).print(str(error), style="red", markup=False)
        return 1
    if as_json:
        Console(soft_wrap=True).print_json(json.dumps([each.model_dump(mode="json") for each in found]))
    else:
        Console().print(_table(found))
    return 0


def _records(file: Path) -> list[dict[str, Any]]:
    """One record, a list of them, or a whole request. Raises ValueError for anything else."""
    found = json.loads(file.read_text(encoding="utf-8"))
    records = found.get("records", [found]) if isinstance(found, dict) else found
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError(f'{file}: expected a record, a list of records, or {{"records": [...]}}')
    return records


def _table(found: list[Scored]) -> Table:
    out = Table("decision", "probability", "score", "band", "answer", "reasons", "model")
    for each in found:
        reasons = "\n".join(f"{reason.code} {reason.wording}" for reason in each.reasons)
        answer = "declined" if each.prediction else "accepted"
        model = f"{each.model.release_id} ({each.model.role})"
        out.add_row(each.decision_id, f"{each.probability:.6f}", str(each.score), each.band, answer, reasons, model)
    return out
