-- Same rule as for customers: a day's events are history from the next day on.
with fundings as (
    select * from {{ ref('fct_fundings') }}
),

changes as (
    select
        lender_id,
        disbursement_date as event_date,
        1 as fundings,
        0 as matured,
        0 as bads
    from fundings
    union all
    select
        lender_id,
        label_final_date as event_date,
        0 as fundings,
        1 as matured,
        is_bad as bads
    from fundings
    where is_bad is not null
),

days as (
    select
        lender_id,
        event_date,
        sum(fundings) as fundings,
        sum(matured) as matured,
        sum(bads) as bads
    from changes
    group by lender_id, event_date
),

final as (
    select
        lender_id,
        cast(sum(fundings) over history as bigint) as lender_prior_fundings,
        cast(sum(matured) over history as bigint) as lender_matured_fundings,
        cast(sum(bads) over history as bigint) as lender_matured_bads,
        event_date + 1 as valid_from,
        lead(event_date) over (partition by lender_id order by event_date) + 1 as valid_to
    from days
    window history as (
        partition by lender_id order by event_date
        rows between unbounded preceding and current row
    )
)

select * from final
