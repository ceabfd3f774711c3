import re
import subprocess
import sys

import numpy as np
import pytest

from credit_platform.contracts.score import Reason
from credit_platform.explanation.card_check import without_names
from credit_platform.explanation.page import Page, Section, percent, table, to_html
from credit_platform.explanation.reports import (
    Explained,
    SignKept,
    WayBack,
    counterfactual_report,
    explanation_report,
    model_card,
    sign_section,
)
from credit_platform_tests.explanation.cards import invented_card
from credit_platform_tests.explanation.self_contained import assert_self_contained

GENERATOR = np.random.default_rng(0)


def test_the_explanation_report_ranks_features_reasons_and_members() -> None:
    matrix = GENERATOR.normal(size=(300, 3))
    values = matrix * np.array([0.1, 2.0, -0.5])
    reasons = (
        Reason(code="R01", wording="Terms of the loan", features=("amount", "age")),
        Reason(code="R02", wording="Repayment history", features=("late",)),
    )
    report = explanation_report(
        Explained(values, matrix, ("amount", "late", "age"), -2.0),
        title="Why",
        subtitle="300 units",
        reasons=reasons,
        members={"xgboost": 0.7 * values.sum(axis=1), "random_forest": 0.3 * values.sum(axis=1)},
        member_weights={"xgboost": 0.7, "random_forest": 0.3},
    )
    assert_self_contained(report)
    assert report.count("data:image/png") == 3
    assert report.index("Repayment history") < report.index("Terms of the loan")
    top = np.abs(values).mean(axis=0)
    for text in (f"{top[1]:.4f}", f"{np.abs(0.7 * values.sum(axis=1)).mean():.4f}", "11.92%", "riskier", "safer"):
        assert text in report


def test_the_page_says_of_every_declared_sign_how_it_is_known() -> None:
    proved = SignKept("late", 1, is_proved=True, values=0, rows=0, against=0.0, is_dropped=False)
    swept = SignKept("age", -1, is_proved=False, values=7, rows=50, against=0.25, is_dropped=True)
    (found,) = sign_section([proved, swept]).tables
    assert [cell.text for cell in found.rows[0]] == ["late", "riskier", "proved", "–", "kept"]
    assert [cell.text for cell in found.rows[1]] == ["age", "safer", "50 rows over 7 values", "0.2500", "left out"]


def test_ways_back_are_told_as_aggregates_by_what_changed() -> None:
    ways = [
        WayBack((("amount", 100.0, 50.0),), 0.1),
        WayBack((("amount", 100.0, 90.0),), 0.3),
        WayBack((("term", 30.0, 60.0), ("amount", 10.0, 5.0)), 0.4),
        None,
    ]
    page = counterfactual_report(
        ways, title="t", subtitle="s", fields=("amount", "term"), most_values=10_000, known_for="approved"
    )
    assert_self_contained(page)
    for text in (
        "75.0%",
        "30.0%",
        "amount x 0.70",
        "amount and term",
        "amount x 0.50; term x 2.00",
        "20.0%",
        "was accepted when",
    ):
        assert text in page
    nothing = counterfactual_report([None], title="t", subtitle="s", fields=("amount",), most_values=10_000)
    assert "0.0%" in nothing and "data:image" not in nothing


def test_a_reason_over_an_unexplained_feature_is_refused() -> None:
    explained = Explained(np.ones((5, 1)), np.arange(5.0)[:, None], ("amount",), 0.0)
    with pytest.raises(ValueError, match=r"features \['age'\] that were not explained"):
        reason = Reason(code="R", wording="w", features=("age",))
        explanation_report(explained, title="t", subtitle="s", reasons=[reason])


def test_a_model_card_says_the_same_in_html_and_markdown() -> None:
    card = invented_card()
    marked = model_card(card)
    assert_self_contained(marked[0])
    page, markdown = re.sub(r"</?span[^>]*>", "", marked[0]), without_names(marked[1])
    told = (
        "0.8123",
        "0.7900 to 0.8300",
        "oot",
        "0.6250",
        "20.00%",
        "2022-10-15 to 2022-11-30",
        "fails",
        "Tiny",
        "53.1%",
    )
    said = ("chosen by cost", "between 21.00% and 31.00%", "every test row is of one group: age", "in 40% of cases")
    for text in (*told, *said, "Left out of every reason", "Also unmet: the leakage scan found 2 columns"):
        assert text in page
        assert text in markdown
    selected = percent(card.fairness[0].groups[1].selection_rate)
    assert selected in page and selected in markdown
    assert "| auc | 0.8123 | 0.7900 to 0.8300 | oot |" in markdown
    assert "auc &gt;= 0.7" in page
    everybody = card.cut_off.strategy[-1]
    assert f"| 100.00% | {everybody.highest_probability:.2%} | {everybody.bad_rate:.2%} |" in markdown
    assert markdown.count("\n| ", markdown.index("| approved"), markdown.index("## Calibration")) == 11


def test_labels_from_data_cannot_inject_markup() -> None:
    section = Section("<b>", tables=(table(("<i>",), [("<script>alert(1)</script>",)]),))
    assert_self_contained(to_html(Page("<h9>", "&", (), (section,))))


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 cells, expected 2"):
        table(("a", "b"), [("1", "2"), ("3",)])


def test_importing_the_reports_loads_no_slow_library() -> None:
    code = (
        "import sys, credit_platform.explanation.reports;"
        "print([m for m in ('matplotlib', 'shap', 'xgboost', 'jinja2', 'sklearn', 'dagster') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
