{{ config(materialized="incremental", meta={"touched": "int_touched_customers.customer_id", "touched_from": "event_date"}) }}
{%- set nothing = {
    "country_id": "cast(null as varchar)",
    "disbursed_loans": "0",
    "disbursed_amount": "cast(null as numeric(20, 4))",
    "largest_amount": "cast(null as double precision)",
    "duration_days": "cast(null as bigint)",
    "new_lenders": "0",
    "no_longer_recent_loans": "0",
    "past_due_loans": "0",
    "past_due_amount": "cast(null as numeric(20, 4))",
    "matured_loans": "0",
    "matured_amount": "cast(null as numeric(20, 4))",
    "matured_amount_to_repay": "cast(null as numeric(20, 4))",
    "highest_charge_share": "cast(null as double precision)",
    "bad_loans": "0",
} -%}
{%- set over_a_day = {
    "country_id": "min",
    "largest_amount": "max",
    "duration_days": "max",
    "highest_charge_share": "max",
} -%}
{%- set events = [
    ("fundings", "disbursement_date", {"country_id": "country_id"}),
    ("lender_starts", "first_disbursement_date", {"new_lenders": "1"}),
    ("loans", "disbursement_date", {
        "disbursed_loans": "1",
        "disbursed_amount": "exact_amount",
        "largest_amount": "total_amount",
        "duration_days": "duration_days",
    }),
    ("loans", "disbursement_date + " ~ var("recent_loan_days"), {"no_longer_recent_loans": "1"}),
    ("loans", "due_date + 1", {"past_due_loans": "1", "past_due_amount": "exact_amount"}),
    ("matured", "outcome_date", {
        "matured_loans": "1",
        "matured_amount": "exact_amount",
        "matured_amount_to_repay": "exact_amount_to_repay",
        "highest_charge_share": "charge_share",
    }),
    ("defaulted", "bad_date", {"bad_loans": "1"}),
] -%}
{%- set last_event = (
    "greatest(disbursement_date + " ~ var("recent_loan_days") ~ ", due_date + 1, outcome_date, bad_date)"
) %}

-- What one day added to a customer's history. Amounts are summed as exact numerics: a sum of doubles depends on the
-- order of rows. Every day of a funding is there, even where another funding describes the loan. A window builds the days
-- from the first one that changed, out of all loans with an event since: those disbursed before may have one too.
with all_fundings as not materialized (
    select * from {{ ref('fct_fundings') }}
),

described_loans as not materialized (
    select * from {{ ref('fct_loans') }}
),

-- What is kept is kept with the columns that are read: with all of them a window takes four times as long. A seventh of
-- all customers are touched, so their few columns are read as they come and not by the number of the row.
fundings as {{ kept_in_window() }} (
    select
        customer_id,
        lender_id,
        country_id,
        disbursement_date
    from all_fundings
    where {{ is_touched("customer_id", "int_touched_customers.customer_id") }}
),

lender_starts as (
    select
        customer_id,
        min(disbursement_date) as first_disbursement_date
    from fundings
    group by customer_id, lender_id
),

loans as {{ kept_in_window() }} (
    select
        customer_id,
        total_amount,
        duration_days,
        disbursement_date,
        due_date,
        outcome_date,
        bad_date,
        cast(total_amount as numeric(20, 4)) as exact_amount,
        cast(total_amount_to_repay as numeric(20, 4)) as exact_amount_to_repay,
        total_amount_to_repay / nullif(total_amount, 0) - 1 as charge_share
    from {{ since_touched("described_loans", "int_touched_customers.customer_id", last_event) }}
),

matured as (
    select * from loans
    where outcome_date is not null
),

defaulted as (
    select * from loans
    where bad_date is not null
),

events as (
    {%- for rows, day, measures in events %}
    select
        customer_id,
        {%- for measure, none_of_it in nothing.items() %}
        {{ measures.get(measure, none_of_it) }} as {{ measure }},
        {%- endfor %}
        {{ day }} as event_date
    from {{ rows }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

days as (
    select
        customer_id,
        event_date,
        {%- for measure in nothing %}
        {{ over_a_day.get(measure, "sum") }}({{ measure }}) as {{ measure }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ since_touched("events", "int_touched_customers.customer_id", "event_date") }}
    group by customer_id, event_date
),

final as (
    select
        {{ surrogate_key("customer_id", "event_date") }} as customer_key,
        {{ date_key("event_date") }} as event_date_key,
        customer_id,
        cast(country_id as varchar) as country_id,
        cast(disbursed_loans as bigint) as disbursed_loans,
        cast(coalesce(disbursed_amount, 0) as numeric(20, 4)) as disbursed_amount,
        largest_amount,
        duration_days,
        cast(new_lenders as bigint) as new_lenders,
        cast(no_longer_recent_loans as bigint) as no_longer_recent_loans,
        cast(past_due_loans as bigint) as past_due_loans,
        cast(coalesce(past_due_amount, 0) as numeric(20, 4)) as past_due_amount,
        cast(matured_loans as bigint) as matured_loans,
        cast(coalesce(matured_amount, 0) as numeric(20, 4)) as matured_amount,
        cast(coalesce(matured_amount_to_repay, 0) as numeric(20, 4)) as matured_amount_to_repay,
        highest_charge_share,
        cast(bad_loans as bigint) as bad_loans,
        event_date
    from days
    {{ in_order_of("event_date") }}
)

select * from final
