{%- set last_day = "coalesce(valid_to, cast('9999-12-31' as date))" -%}
{{ config(
    materialized="incremental",
    meta={"touched": "int_touched_customers.customer_id", "touched_from": last_day}
) }}

-- SCD2 as a window over events: valid_from is the day of the event, so late and reordered files give the same versions.
-- A window builds what begins or ends on the first day that changed or later.
with days as (
    select * from {{ ref('fct_customer_days') }}
    {{ where_touched("customer_id", "int_touched_customers.customer_id") }}
),

running as (
    select
        customer_key,
        customer_id,
        cast(min(country_id) over history as varchar) as country_id,
        cast(sum(disbursed_loans) over history as bigint) as loan_count,
        cast(sum(disbursed_amount) over history as double precision) as borrowed_amount,
        max(largest_amount) over history as largest_amount,
        cast(sum(new_lenders) over history as bigint) as lender_count,
        cast(sum(disbursed_loans - no_longer_recent_loans) over history as bigint) as recent_loan_count,
        cast(sum(disbursed_loans - past_due_loans) over history as bigint) as open_loan_count,
        cast(sum(disbursed_amount - past_due_amount) over history as double precision) as open_amount,
        cast(sum(matured_loans) over history as bigint) as matured_loan_count,
        cast(sum(bad_loans) over history as bigint) as bad_loan_count,
        cast(sum(matured_amount) over history as double precision) as matured_amount,
        cast(sum(matured_amount_to_repay) over history as double precision) as matured_amount_to_repay,
        max(highest_charge_share) over history as highest_charge_share,
        {{ last_known("largest_amount", "history") }} as last_amount,
        {{ last_known("duration_days", "history") }} as last_duration_days,
        {{ last_known("highest_charge_share", "history") }} as last_outcome_charge_share,
        min(case when disbursed_loans > 0 then event_date end) over history as first_disbursement_date,
        max(case when disbursed_loans > 0 then event_date end) over history as last_disbursement_date,
        max(case when matured_loans > 0 then event_date end) over history as last_outcome_date,
        max(case when bad_loans > 0 then event_date end) over history as last_bad_date,
        event_date as valid_from,
        lead(event_date) over (partition by customer_id order by event_date) as valid_to
    from days
    window history as (
        partition by customer_id order by event_date
        rows between unbounded preceding and current row
    )
),

final as (
    select
        customer_key,
        customer_id,
        country_id,
        cast(
            case
                when bad_loan_count > 0 then 'defaulted'
                when loan_count <= 1 then 'new'
                when loan_count <= 5 then 'returning'
                else 'established'
            end as varchar
        ) as customer_segment,
        loan_count,
        borrowed_amount,
        largest_amount,
        lender_count,
        recent_loan_count,
        open_loan_count,
        open_amount,
        matured_loan_count,
        bad_loan_count,
        matured_amount,
        matured_amount_to_repay,
        highest_charge_share,
        last_amount,
        last_duration_days,
        last_outcome_charge_share,
        valid_to is null as is_current,
        first_disbursement_date,
        last_disbursement_date,
        last_outcome_date,
        last_bad_date,
        valid_from,
        valid_to
    from {{ since_touched("running", "int_touched_customers.customer_id", last_day) }}
)

select * from final
