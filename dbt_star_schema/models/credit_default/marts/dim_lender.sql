{{ config(materialized="incremental", meta={"touched": "int_touched_days.lender_id"}) }}

-- SCD2 as a window over events, like dim_customer.
with days as (
    select * from {{ touched_rows("fct_lender_days", "lender_id", "int_touched_days.lender_id") }}
),

running as (
    select
        lender_key,
        lender_id,
        cast(sum(disbursed_fundings) over history as bigint) as funding_count,
        cast(sum(matured_fundings) over history as bigint) as matured_funding_count,
        cast(sum(bad_fundings) over history as bigint) as bad_funding_count,
        min(case when disbursed_fundings > 0 then event_date end) over history as first_disbursement_date,
        max(case when disbursed_fundings > 0 then event_date end) over history as last_disbursement_date,
        event_date as valid_from,
        lead(event_date) over (partition by lender_id order by event_date) as valid_to
    from days
    window history as (
        partition by lender_id order by event_date
        rows between unbounded preceding and current row
    )
),

final as (
    select
        lender_key,
        lender_id,
        funding_count,
        matured_funding_count,
        bad_funding_count,
        valid_to is null as is_current,
        first_disbursement_date,
        last_disbursement_date,
        valid_from,
        valid_to
    from running
)

select * from final
