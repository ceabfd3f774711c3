{%- set terms = ["total_amount", "total_amount_to_repay", "duration_days", "due_date"] -%}
{%- set sides = [
    ("present_events", "", "present_fundings", "present_loans"),
    ("held_events", "held_", "touched_fundings", "touched_loans"),
] -%}

-- A label that comes in leaves what the customer's earlier decisions knew. So not the customers alone: from which day on
-- their history differs. An event that is there now and was not held before, or the other way round, dates it.
with touched_fundings as (
    select * from {{ ref('int_touched_fundings') }}
),

touched_loans as (
    select * from {{ ref('int_touched_loans') }}
),

fundings as (
    select * from {{ written("fct_fundings") }}
),

loans as (
    select * from {{ written("fct_loans") }}
),

present_fundings as (
    select fundings.*
    from touched_fundings
    inner join fundings on touched_fundings.funding_id = fundings.funding_id
),

present_loans as (
    select loans.*
    from touched_loans
    inner join loans on touched_loans.loan_id = loans.loan_id
),
{%- for events, prefix, funding_rows, loan_rows in sides %}

{{ events }} as (
    select
        {{ prefix }}customer_id as customer_id,
        {{ prefix }}disbursement_date as event_date,
        'funding' as kind,
        funding_id as subject,
        {{ prefix }}lender_id as lender_id,
        {{ prefix }}country_id as country_id,
        {%- for column in terms %}
        {{ "cast(null as date)" if column == "due_date" else "cast(null as double precision)" }} as {{ column }},
        {%- endfor %}
        cast(null as date) as disbursement_date
    from {{ funding_rows }}
    where {{ prefix }}customer_id is not null
    {%- for kind, day in [
        ("loan", "least(" ~ prefix ~ "disbursement_date, " ~ prefix ~ "due_date + 1)"),
        ("outcome", prefix ~ "outcome_date"),
        ("bad", prefix ~ "bad_date"),
    ] %}
    union all
    select
        {{ prefix }}customer_id as customer_id,
        {{ day }} as event_date,
        '{{ kind }}' as kind,
        loan_id as subject,
        cast(null as varchar) as lender_id,
        cast(null as varchar) as country_id,
        {%- for column in terms %}
        {{ prefix }}{{ column }} as {{ column }},
        {%- endfor %}
        {{ prefix }}disbursement_date as disbursement_date
    from {{ loan_rows }}
    where {{ prefix }}customer_id is not null and {{ day }} is not null
    {%- endfor %}
),
{%- endfor %}

changed as (
    {{ differing("present_events", "held_events") }}
),

final as (
    select
        customer_id,
        min(event_date) as first_date
    from changed
    group by customer_id
)

select * from final
