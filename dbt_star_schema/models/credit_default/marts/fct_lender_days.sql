{{ config(materialized="incremental", meta={"touched": "int_touched_days.event_date"}) }}

-- A lender's whole book is large, so its history is kept as daily sums: a day more reads the fundings of a few days.
with disbursed as (
    select * from {{ touched_rows("fct_fundings", "disbursement_date", "int_touched_days.event_date") }}
),

final_fundings as (
    select * from {{ touched_rows("fct_fundings", "label_final_date", "int_touched_days.event_date") }}
),

events as (
    select
        lender_id,
        disbursement_date as event_date,
        1 as disbursed,
        0 as matured,
        0 as bad
    from disbursed
    union all
    select
        lender_id,
        label_final_date as event_date,
        0 as disbursed,
        1 as matured,
        is_bad as bad
    from final_fundings
    where is_bad is not null
),

final as (
    select
        {{ surrogate_key("lender_id", "event_date") }} as lender_key,
        {{ date_key("event_date") }} as event_date_key,
        lender_id,
        cast(sum(disbursed) as bigint) as disbursed_fundings,
        cast(sum(matured) as bigint) as matured_fundings,
        cast(sum(bad) as bigint) as bad_fundings,
        event_date
    from events
    group by lender_id, event_date
)

select * from final
