with days as (
    select * from {{ ref('fct_product_days') }}
),

final as (
    select
        country_key,
        country_id,
        cast(sum(disbursed_fundings) as bigint) as funding_count,
        min(event_date) as first_disbursement_date,
        max(event_date) as last_disbursement_date
    from days
    group by country_key, country_id
)

select * from final
