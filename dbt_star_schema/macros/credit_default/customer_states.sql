{#-
    The state that versions of dim_customer leave to later decisions, out of rows of it. The view int_customer_states has
    them all; a build by window needs few, and DuckDB finds few rows by their number in a table but not in a view: 165,000
    of 30 million took 8.7 s of processor time through the view and take 2.2 s.
    A day's events are history from the next day on, so a version decides one day later than the event it is dated by.
-#}
{%- macro customer_states(versions) -%}
select
    customer_id,
    loan_count as prior_loans,
    cast(borrowed_amount as double precision) as prior_amount,
    largest_amount as prior_largest_amount,
    lender_count as prior_lenders,
    recent_loan_count as recent_loans,
    open_loan_count as open_loans,
    cast(open_amount as double precision) as open_amount,
    matured_loan_count as matured_loans,
    bad_loan_count as matured_bads,
    cast(matured_amount as double precision) as matured_amount,
    cast(matured_amount_to_repay as double precision) as matured_amount_to_repay,
    highest_charge_share as matured_highest_charge_share,
    last_amount,
    last_duration_days,
    last_outcome_charge_share,
    first_disbursement_date,
    last_disbursement_date,
    last_outcome_date,
    last_bad_date,
    valid_from + 1 as valid_from,
    valid_to + 1 as valid_to
from {{ versions }}
{%- endmacro -%}
