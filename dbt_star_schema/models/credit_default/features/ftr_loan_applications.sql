{{ config(materialized="incremental", meta={"touched": "int_touched_decisions.funding_id"}) }}

-- The feature program: one row-wise SELECT over the inputs, evaluated again by the decision engine: columns, literals,
-- arithmetic, comparisons, case, coalesce, nullif, least, greatest, abs and casts. Every division guards its divisor.
with inputs as (
    select * from {{ written("int_loan_application_inputs") }}
)

select
    funding_id,
    disbursement_date,
    scoring_day,

    -- terms of the application
    loan_type,
    lender_id,
    country_id,
    new_versus_repeat,
    cast(total_amount as double precision) as total_amount,
    cast(total_amount as double precision) / nullif(exchange_rate, 0) as amount_in_dollars,
    cast(duration_days as double precision) as duration_days,
    cast(total_amount as double precision) / nullif(cast(duration_days as double precision), 0) as amount_per_day,
    cast(amount_funded_by_lender as double precision) as amount_funded_by_lender,
    cast(amount_funded_by_lender as double precision) / nullif(total_amount, 0) as funded_share,

    -- the customer's earlier loans
    cast(coalesce(prior_loans, 0) as double precision) as prior_loans,
    cast(coalesce(prior_lenders, 0) as double precision) as prior_lenders,
    cast(coalesce(recent_loans, 0) as double precision) as recent_loans,
    cast(coalesce(open_loans, 0) as double precision) as open_loans,
    coalesce(open_amount, 0) / nullif(total_amount, 0) as open_amount_to_amount,
    cast(disbursement_date - last_disbursement_date as double precision) as days_since_last_loan,
    cast(disbursement_date - first_disbursement_date as double precision) as days_since_first_loan,
    cast(prior_loans as double precision)
    / nullif(cast(disbursement_date - first_disbursement_date as double precision), 0) as loans_per_day,
    cast(total_amount as double precision) * cast(prior_loans as double precision)
    / nullif(prior_amount, 0) as amount_to_average_amount,
    cast(total_amount as double precision) / nullif(prior_largest_amount, 0) as amount_to_largest_amount,
    cast(total_amount as double precision) / nullif(last_amount, 0) as amount_to_last_amount,
    cast(duration_days as double precision)
    / nullif(cast(last_duration_days as double precision), 0) as duration_to_last_duration,

    -- how the customer's matured loans ended
    cast(coalesce(matured_loans, 0) as double precision) as matured_loans,
    cast(coalesce(matured_bads, 0) as double precision) as matured_bads,
    cast(matured_bads as double precision)
    / nullif(cast(matured_loans as double precision), 0) as matured_bad_share,
    cast(disbursement_date - last_bad_date as double precision) as days_since_last_bad,
    cast(disbursement_date - last_outcome_date as double precision) as days_since_last_outcome,
    matured_amount_to_repay / nullif(matured_amount, 0) - 1 as matured_charge_share,
    matured_highest_charge_share,
    last_outcome_charge_share,

    -- the lender's book and the economy
    cast(lender_matured_bads as double precision)
    / nullif(cast(lender_matured_fundings as double precision), 0) as lender_bad_share,
    inflation_rate,
    exchange_rate_change,
    lending_interest_rate,
    unemployment_rate,

    -- benchmark set only: these columns look like values from after the outcome
    cast(total_amount_to_repay as double precision) as total_amount_to_repay,
    cast(total_amount_to_repay as double precision) / nullif(total_amount, 0) - 1 as charge_share,
    (cast(total_amount_to_repay as double precision) - total_amount)
    / nullif(total_amount * cast(duration_days as double precision), 0) as charge_share_per_day,
    cast(lender_portion_to_be_repaid as double precision) as lender_portion_to_be_repaid,
    cast(lender_portion_to_be_repaid as double precision)
    / nullif(amount_funded_by_lender, 0) - 1 as lender_charge_share,
    cast(total_amount_to_repay as double precision) / nullif(total_amount, 0) - 1
    - last_outcome_charge_share as charge_share_over_last
from inputs
