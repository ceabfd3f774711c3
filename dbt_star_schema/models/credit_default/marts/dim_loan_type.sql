with fundings as (
    select loan_type, duration_days, disbursement_date from {{ ref('stg_loans__fundings') }}
    union all
    select loan_type, duration_days, disbursement_date from {{ ref('stg_applications__fundings') }}
    union all
    select loan_type, duration_days, disbursement_date from {{ ref('stg_applications_history__fundings') }}
),

final as (
    select
        loan_type,
        count(*) as funding_count,
        min(duration_days) as shortest_duration_days,
        max(duration_days) as longest_duration_days,
        min(disbursement_date) as first_disbursement_date,
        max(disbursement_date) as last_disbursement_date
    from fundings
    group by loan_type
)

select * from final
