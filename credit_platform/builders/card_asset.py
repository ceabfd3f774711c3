"""The model card as an asset: no card whose numbers the stored predictions do not give lets a champion move."""

from typing import Any

import dagster as dg

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.model_card import (
    HTML,
    MARKDOWN,
    recomputed_card,
    recorded_card,
    rendered_card,
    verify_card,
    written_card,
)
from credit_platform.builders.naming import check_of, key, stage
from credit_platform.builders.pieces import CARD, RELEASE
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.explanation.card_check import without_names
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.workbench import Workbench

NUMBERS_CHECK = "numbers_are_recomputed"
_MOST_TOLD = 20


def model_card_asset(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "assurance", "model_card")
    text = "Every number of the written card is what the release's stored predictions and outcomes give."

    @dg.asset(
        key=asset_key,
        deps=[key(use_case, "release", "release"), key(use_case, "assurance", "fairness")],
        check_specs=[check_of(asset_key, NUMBERS_CHECK, text, blocking=True)],
        **stage(use_case, "assurance", "html"),
    )
    def model_card(
        settings: dg.ResourceParam[Settings],
        workbench: dg.ResourceParam[Workbench],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> dg.MaterializeResult:
        """What the release is for, what it learned from, how well it does and for whom, and where not to use it."""
        document = workbench.load(use_case.name, RELEASE).document
        release = releases.load(use_case.name, document["release_id"], manifest_sha256=document["manifest_sha256"])
        candidate = load_candidate(workbench, use_case)
        card = rendered_card(recorded_card(use_case, candidate, workbench, threads=settings.threads))
        page = workbench.save_report(use_case.name, HTML, card.html)
        workbench.save_report(use_case.name, MARKDOWN, card.markdown)
        given = rendered_card(recomputed_card(use_case, workbench, release))
        found = verify_card(written_card(workbench, use_case.name), given)
        verdict = {"release_id": release.release.release_id, "differences": found}
        workbench.save(use_case.name, CARD, arrays={}, document=verdict)
        check = dg.AssetCheckResult(
            check_name=NUMBERS_CHECK, passed=not found, metadata={"differences": list(found[:_MOST_TOLD])}
        )
        metadata: dict[str, Any] = {
            "release_id": release.release.release_id,
            "numbers": card.numbers,
            "report": dg.MetadataValue.path(page),
            "card": dg.MetadataValue.md(without_names(card.markdown)),
        }
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return model_card


def require_card(workbench: Workbench, use_case: str, release_id: str) -> None:
    """A release is promoted with a card that holds, or not at all; a check alone binds only the run that it is in."""
    verdict = workbench.load(use_case, CARD).document
    found = verdict["differences"] if verdict["release_id"] == release_id else [f"it is of {verdict['release_id']}"]
    if found:
        raise dg.Failure(
            f"the model card of {use_case}/{release_id} does not hold: {'; '.join(found[:3])}. The champion stays; "
            "materialise the release's assurance and its card again"
        )
