"""A migration that was stored is told with its bands in their order, best first, and computed again from its points."""

import json
from typing import Any

import numpy as np
import pytest

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.score_migration import CHAMPION_POINTS, Before, migration_of, score_migration, section_of
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.score_scale import points
from credit_platform.resources.workbench import Piece

MARGIN = np.array([-6.0, -5.0, -3.0, -1.0, 2.0, 2.5])
BEFORE = np.array([-6.0, -2.0, -3.0, -1.0, 2.0, -6.0])


@pytest.fixture(scope="module")
def use_case() -> UseCase:
    return read_use_case(Settings(), "risk_classifier")


@pytest.fixture(scope="module")
def stored(use_case: UseCase) -> dict[str, Any]:
    """As it is read from disk, where documents sort their keys."""
    found = score_migration(use_case, Before("r-0", points(BEFORE, use_case.score)), MARGIN)
    return dict(json.loads(json.dumps(found, sort_keys=True)))


def test_a_stored_migration_keeps_the_order_of_the_bands(use_case: UseCase, stored: dict[str, Any]) -> None:
    section = section_of(stored)
    assert section is not None
    (table,) = section.tables
    bands = [band.name for band in use_case.score.bands]
    assert list(stored["table"]) != bands
    assert [next(b for b in bands if f"\ue001{b}\ue002" in row[0].text) for row in table.rows] == bands
    assert [next(b for b in bands if f"\ue001{b}\ue002" in name) for name in table.header[1:]] == bands
    assert sum(map(sum, stored["table"].values())) == len(MARGIN)


def test_a_stored_migration_is_computed_again_from_the_champions_points(
    use_case: UseCase, stored: dict[str, Any]
) -> None:
    kept = {CHAMPION_POINTS: points(BEFORE, use_case.score)}
    again = migration_of(use_case, Piece(kept, {"migration": stored}), MARGIN)
    assert json.loads(json.dumps(again)) == stored
