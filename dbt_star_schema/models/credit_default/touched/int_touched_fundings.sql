{%- set held_columns = {
    "funding_id": "varchar",
    "customer_id": "varchar",
    "loan_id": "varchar",
    "lender_id": "varchar",
    "country_id": "varchar",
    "loan_type": "varchar",
    "duration_days": "bigint",
    "is_bad": "integer",
    "disbursement_date": "date",
    "label_final_date": "date",
    "reported_date": "date",
    "scoring_day": "date",
} -%}

with scored as (
    select * from {{ ref('stg_applications__fundings') }}
    where {{ in_window("scoring_day") }}
),

reported as (
    select * from {{ ref('stg_outcomes__labels') }}
    where {{ in_window("reported_date") }}
),

held_of_window as (
    select funding_id from {{ previous("fct_fundings", held_columns) }} as previous_rows
    where {{ in_window("scoring_day") }} or {{ in_window("reported_date") }}
),

named as (
    select funding_id from scored
    union
    select funding_id from reported
    union
    select funding_id from held_of_window
),

held as (
    select *
    from {{ previous("fct_fundings", held_columns, found_in="named", on="keyed.funding_id = named.funding_id") }}
    as previous_rows
),

final as (
    select
        named.funding_id,
        held.customer_id as held_customer_id,
        held.loan_id as held_loan_id,
        held.lender_id as held_lender_id,
        held.country_id as held_country_id,
        held.loan_type as held_loan_type,
        held.duration_days as held_duration_days,
        held.is_bad as held_is_bad,
        held.disbursement_date as held_disbursement_date,
        held.label_final_date as held_label_final_date
    from named
    left join held on named.funding_id = held.funding_id
)

select * from final
