{{ config(materialized="view", meta={"touched": "int_touched_days.lender_id", "step": "star"}) }}

-- Same rule as for customers: a day's events are history from the next day on.
with lenders as (
    select * from {{ ref('dim_lender') }}
),

final as (
    select
        lender_id,
        funding_count as lender_prior_fundings,
        matured_funding_count as lender_matured_fundings,
        bad_funding_count as lender_matured_bads,
        valid_from + 1 as valid_from,
        valid_to + 1 as valid_to
    from lenders
)

select * from final
