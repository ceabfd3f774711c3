with fundings as (
    select country_id, disbursement_date from {{ ref('stg_loans__fundings') }}
    union all
    select country_id, disbursement_date from {{ ref('stg_applications__fundings') }}
    union all
    select country_id, disbursement_date from {{ ref('stg_applications_history__fundings') }}
),

final as (
    select
        country_id,
        count(*) as funding_count,
        min(disbursement_date) as first_disbursement_date,
        max(disbursement_date) as last_disbursement_date
    from fundings
    group by country_id
)

select * from final
