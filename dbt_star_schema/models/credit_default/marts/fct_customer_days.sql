{%- set recent_days = var("recent_loan_days") -%}

-- What one day added to a customer's history. Amounts are summed as exact numerics: a sum of doubles depends on the
-- order of rows.
with loans as (
    select
        *,
        cast(total_amount as numeric(20, 4)) as exact_amount,
        cast(total_amount_to_repay as numeric(20, 4)) as exact_amount_to_repay,
        total_amount_to_repay / nullif(total_amount, 0) - 1 as charge_share
    from {{ ref('fct_loans') }}
),

lender_starts as (
    select
        customer_id,
        min(disbursement_date) as event_date
    from {{ ref('fct_fundings') }}
    group by customer_id, lender_id
),

disbursed as (
    select
        customer_id,
        disbursement_date as event_date,
        count(*) as loans,
        sum(exact_amount) as amount,
        max(total_amount) as largest_amount,
        max(duration_days) as duration_days
    from loans
    group by customer_id, disbursement_date
),

new_lenders as (
    select
        customer_id,
        event_date,
        count(*) as lenders
    from lender_starts
    group by customer_id, event_date
),

no_longer_recent as (
    select
        customer_id,
        disbursement_date + {{ recent_days }} as event_date,
        count(*) as loans
    from loans
    group by customer_id, disbursement_date
),

past_due as (
    select
        customer_id,
        due_date + 1 as event_date,
        count(*) as loans,
        sum(exact_amount) as amount
    from loans
    group by customer_id, due_date
),

matured as (
    select
        customer_id,
        outcome_date as event_date,
        count(*) as loans,
        sum(exact_amount) as amount,
        sum(exact_amount_to_repay) as amount_to_repay,
        max(charge_share) as highest_charge_share
    from loans
    where outcome_date is not null
    group by customer_id, outcome_date
),

defaulted as (
    select
        customer_id,
        bad_date as event_date,
        count(*) as loans
    from loans
    where bad_date is not null
    group by customer_id, bad_date
),

event_days as (
    select customer_id, event_date from disbursed
    union
    select customer_id, event_date from no_longer_recent
    union
    select customer_id, event_date from past_due
    union
    select customer_id, event_date from matured
    union
    select customer_id, event_date from defaulted
),

final as (
    select
        event_days.customer_id,
        event_days.event_date,
        coalesce(disbursed.loans, 0) as disbursed_loans,
        coalesce(disbursed.amount, 0) as disbursed_amount,
        disbursed.largest_amount,
        disbursed.duration_days,
        coalesce(new_lenders.lenders, 0) as new_lenders,
        coalesce(no_longer_recent.loans, 0) as no_longer_recent_loans,
        coalesce(past_due.loans, 0) as past_due_loans,
        coalesce(past_due.amount, 0) as past_due_amount,
        coalesce(matured.loans, 0) as matured_loans,
        coalesce(matured.amount, 0) as matured_amount,
        coalesce(matured.amount_to_repay, 0) as matured_amount_to_repay,
        matured.highest_charge_share,
        coalesce(defaulted.loans, 0) as bad_loans
    from event_days
    {%- for events in ["disbursed", "new_lenders", "no_longer_recent", "past_due", "matured", "defaulted"] %}
    left join {{ events }}
        on event_days.customer_id = {{ events }}.customer_id and event_days.event_date = {{ events }}.event_date
    {%- endfor %}
)

select * from final
