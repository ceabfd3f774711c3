{{ config(materialized="incremental", meta={"touched": "int_touched_days.event_date"}) }}

with fundings as (
    select * from {{ touched_rows("fct_fundings", "disbursement_date", "int_touched_days.event_date") }}
),

final as (
    select
        {{ surrogate_key("country_id", "loan_type", "disbursement_date") }} as product_day_key,
        country_key,
        loan_type_key,
        disbursement_date_key as event_date_key,
        country_id,
        loan_type,
        count(*) as disbursed_fundings,
        min(duration_days) as shortest_duration_days,
        max(duration_days) as longest_duration_days,
        disbursement_date as event_date
    from fundings
    group by country_key, loan_type_key, disbursement_date_key, country_id, loan_type, disbursement_date
)

select * from final
