"""``credit-platform card``: does the model card still say what the predictions and outcomes stored with it give?"""

import json
import sys

from credit_platform.builders.catalogue import UseCaseError, read_use_case
from credit_platform.builders.model_card import recomputed_card, rendered_card, verify_card, written_card
from credit_platform.builders.pieces import RELEASE, PredictionsError
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.workbench import Workbench

_MOST_LINES = 10
_WHAT_NOW = (
    "The card or what is stored with the release was changed, or this version of the platform computes otherwise than "
    "the one that made it; a run writes both anew: credit-platform run {name}"
)


def card_command(name: str, *, as_json: bool) -> int:
    """Exit code 0 where every number holds, 1 where one does not, 2 where there is no card to ask about."""
    settings = Settings()
    workbench = Workbench(settings)
    try:
        use_case = read_use_case(settings, name)
        released = workbench.load(name, RELEASE).document
        release_id, sha256 = released["release_id"], released["manifest_sha256"]
        release = ReleaseStore(settings).load(name, release_id, manifest_sha256=sha256)
        written = written_card(workbench, name)
        found = verify_card(written, rendered_card(recomputed_card(use_case, workbench, release)))
    except (UseCaseError, FileNotFoundError) as error:
        return _told({"error": str(error)}, [str(error)], code=2, as_json=as_json)
    except (ReleaseError, PredictionsError) as error:
        return _told({"holds": False, "differences": [str(error)]}, [str(error)], code=1, as_json=as_json)
    document = {"release_id": release_id, "holds": not found, "numbers": written.numbers, "differences": list(found)}
    verdict = "does not hold" if found else "holds"
    lines = [
        *_shortened(found),
        f"The card of {name}/{release_id} {verdict}: {written.numbers} numbers computed again, without a model.",
        *([_WHAT_NOW.format(name=name)] if found else []),
    ]
    return _told(document, lines, code=1 if found else 0, as_json=as_json)


def _shortened(found: tuple[str, ...]) -> list[str]:
    """The first differences, and how many more: both renderings say most of them."""
    more = len(found) - _MOST_LINES
    return [*found[:_MOST_LINES], *([f"and {more} more; --json tells all"] if more > 0 else [])]


def _told(document: dict[str, object], lines: list[str], *, code: int, as_json: bool) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    if as_json:
        sys.stdout.write(json.dumps(document) + "\n")
    return code
