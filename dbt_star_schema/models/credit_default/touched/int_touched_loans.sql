{%- set held_columns = {
    "loan_id": "varchar",
    "customer_id": "varchar",
    "total_amount": "double precision",
    "total_amount_to_repay": "double precision",
    "duration_days": "bigint",
    "disbursement_date": "date",
    "due_date": "date",
    "outcome_date": "date",
    "bad_date": "date",
} -%}

with touched as (
    select * from {{ ref('int_touched_fundings') }}
),

fundings as (
    select * from {{ written("fct_fundings") }}
),

named as (
    select fundings.loan_id
    from touched
    inner join fundings on touched.funding_id = fundings.funding_id
    union
    select held_loan_id as loan_id
    from touched
    where held_loan_id is not null
),

held as (
    select *
    from {{ previous("fct_loans", held_columns, found_in="named", on="keyed.loan_id = named.loan_id") }}
    as previous_rows
),

final as (
    select
        named.loan_id,
        {%- for column in held_columns if column != "loan_id" %}
        held.{{ column }} as held_{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from named
    left join held on named.loan_id = held.loan_id
)

select * from final
