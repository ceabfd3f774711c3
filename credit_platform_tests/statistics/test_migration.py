"""Where the rows of each band go under another model."""

import pytest

from credit_platform.statistics.migration import migration

FLOORS, NAMES = (660, 600), ("good", "fair", "poor")


def test_every_row_is_counted_where_it_was_and_where_it_goes() -> None:
    found = migration([700, 660, 659, 600, 599, 500], [650, 660, 661, 400, 599, 700], floors=FLOORS, names=NAMES)
    assert found.table.to_numpy().tolist() == [[1, 1, 0], [1, 0, 1], [1, 0, 1]]
    assert list(found.table.index) == list(found.table.columns) == list(NAMES)
    assert found.unmoved == pytest.approx(2 / 6)
    assert found.far == pytest.approx(1 / 6)


def test_the_same_scores_keep_their_bands() -> None:
    found = migration([700, 650, 500], [700, 650, 500], floors=FLOORS, names=NAMES)
    assert (found.unmoved, found.far, found.median, found.mean) == (1.0, 0.0, 0.0, 0.0)


def test_the_change_is_told_in_points() -> None:
    found = migration([600, 610, 620], [605, 605, 650], floors=FLOORS, names=NAMES)
    assert found.median == 5.0
    assert found.mean == pytest.approx(10.0)


@pytest.mark.parametrize(("old", "new"), [([600], [600, 610]), ([], [])])
def test_scores_of_other_rows_are_refused(old: list[float], new: list[float]) -> None:
    with pytest.raises(ValueError, match="expected the same rows"):
        migration(old, new, floors=FLOORS, names=NAMES)


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one name more than floors"):
        migration([600], [600], floors=FLOORS, names=("good", "poor"))
