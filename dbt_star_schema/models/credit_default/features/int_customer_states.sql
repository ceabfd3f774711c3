{{ config(materialized="view", meta={"touched": "int_touched_customers.customer_id", "step": "star"}) }}

-- A day's events are history from the next day on, so a version decides one day later than the event it is dated by.
with customers as (
    select * from {{ ref('dim_customer') }}
),

final as (
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
    from customers
)

select * from final
