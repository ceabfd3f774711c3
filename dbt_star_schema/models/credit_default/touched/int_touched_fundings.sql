{%- set held_columns = {
    "funding_id": "varchar",
    "customer_id": "varchar",
    "loan_id": "varchar",
    "lender_id": "varchar",
    "country_id": "varchar",
    "loan_type": "varchar",
    "new_versus_repeat": "varchar",
    "total_amount": "double precision",
    "total_amount_to_repay": "double precision",
    "amount_funded_by_lender": "double precision",
    "lender_portion_funded": "double precision",
    "lender_portion_to_be_repaid": "double precision",
    "duration_days": "bigint",
    "is_bad": "integer",
    "disbursement_date": "date",
    "due_date": "date",
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
        {%- for column in held_columns if column not in ("funding_id", "reported_date") %}
        held.{{ column }} as held_{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from named
    left join held on named.funding_id = held.funding_id
)

select * from final
