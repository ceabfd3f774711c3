{{ config(meta={"step": "features"}) }}

-- A day's events are history from the next day on: what was decided up to the first day that changed stays as it is.
with touched_fundings as (
    select * from {{ ref('int_touched_fundings') }}
),

touched_customers as (
    select * from {{ ref('int_touched_customers') }}
),

touched_days as (
    select * from {{ ref('int_touched_days') }}
),

fundings as not materialized (
    select * from {{ ref('fct_fundings') }}
),

written as (
    select * from {{ written("fct_fundings") }}
),

first_days as (
    select
        lender_id,
        min(event_date) as event_date
    from touched_days
    group by lender_id
),

final as (
    select
        touched_fundings.funding_id,
        written.customer_id
    from touched_fundings
    left join written on touched_fundings.funding_id = written.funding_id
    union
    select
        fundings.funding_id,
        fundings.customer_id
    from touched_customers
    inner join fundings
        on
            touched_customers.customer_id = fundings.customer_id
            and touched_customers.first_date < fundings.disbursement_date
    union
    select
        fundings.funding_id,
        fundings.customer_id
    from first_days
    inner join fundings
        on first_days.lender_id = fundings.lender_id and first_days.event_date < fundings.disbursement_date
)

select * from final
