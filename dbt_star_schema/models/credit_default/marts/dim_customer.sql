{{ config(materialized="incremental", meta={"touched": "int_touched_customers.customer_id"}) }}

-- SCD2 as a window over events: valid_from is the day of the event, so late and reordered files give the same versions.
with days as (
    select * from {{ ref('fct_customer_days') }}
    {{ where_touched("customer_id", "int_touched_customers.customer_id") }}
),

fundings as (
    select * from {{ ref('fct_fundings') }}
    {{ where_touched("customer_id", "int_touched_customers.customer_id") }}
),

homes as (
    select
        customer_id,
        cast(min(country_id) as varchar) as country_id
    from fundings
    group by customer_id
),

running as (
    select
        customer_key,
        customer_id,
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
        running.customer_key,
        running.customer_id,
        homes.country_id,
        cast(
            case
                when running.bad_loan_count > 0 then 'defaulted'
                when running.loan_count <= 1 then 'new'
                when running.loan_count <= 5 then 'returning'
                else 'established'
            end as varchar
        ) as customer_segment,
        running.loan_count,
        running.borrowed_amount,
        running.largest_amount,
        running.lender_count,
        running.recent_loan_count,
        running.open_loan_count,
        running.open_amount,
        running.matured_loan_count,
        running.bad_loan_count,
        running.matured_amount,
        running.matured_amount_to_repay,
        running.highest_charge_share,
        running.last_amount,
        running.last_duration_days,
        running.last_outcome_charge_share,
        running.valid_to is null as is_current,
        running.first_disbursement_date,
        running.last_disbursement_date,
        running.last_outcome_date,
        running.last_bad_date,
        running.valid_from,
        running.valid_to
    from running
    inner join homes on running.customer_id = homes.customer_id
)

select * from final
