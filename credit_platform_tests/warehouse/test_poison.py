"""Whatever happens from a day on, no feature of an earlier decision changes by a byte: on both engines."""

import pandas as pd

from credit_platform_tests.warehouse.desk import Desk
from credit_platform_tests.warehouse.lending_book import fundings, raw_frames
from credit_platform_tests.warehouse.poison import features_before, poisoned

CUT = pd.Timestamp("2022-07-05")
"""Five days after the figures of 2021 were published, so that a publication lies between two decisions."""


def test_poison_after_a_cut_changes_no_byte_of_a_feature_before_it(desk: Desk) -> None:
    frames = raw_frames(fundings(300, customers=30, seed=5))
    desk.deliver(frames)
    desk.build()
    before, after = features_before(desk, CUT), features_before(desk, pd.Timestamp.max)
    desk.deliver(poisoned(frames, CUT, seed=5))
    desk.build()
    assert features_before(desk, CUT) == before
    assert before.count(b"\n") > 80
    assert features_before(desk, pd.Timestamp.max) != after
