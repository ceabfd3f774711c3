with days as (
    select * from {{ ref('fct_product_days') }}
),

final as (
    select
        loan_type_key,
        loan_type,
        cast(sum(disbursed_fundings) as bigint) as funding_count,
        min(shortest_duration_days) as shortest_duration_days,
        max(longest_duration_days) as longest_duration_days,
        min(event_date) as first_disbursement_date,
        max(event_date) as last_disbursement_date
    from days
    group by loan_type_key, loan_type
)

select * from final
