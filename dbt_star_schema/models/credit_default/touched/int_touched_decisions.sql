{{ config(meta={"step": "features"}) }}
{%- set request = request_columns() + ["scoring_day"] %}

-- A day's events are history from the next day on: what was decided up to the first day that changed stays as it is.
-- So does a request whose outcome came in: that is no input of its own decision.
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

compared as (
    select
        touched_fundings.*,
        {%- for column in request %}
        written.{{ column }},
        {%- endfor %}
        touched_fundings.held_scoring_day is not null or touched_fundings.held_is_bad is not null as held_decision,
        written.scoring_day is not null or written.is_bad is not null as is_decision
    from touched_fundings
    left join written on touched_fundings.funding_id = written.funding_id
),

final as (
    select
        funding_id,
        customer_id
    from compared
    where
        held_decision <> is_decision
        {%- for column in request %}
        or {{ column }} is distinct from held_{{ column }}
        {%- endfor %}
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
