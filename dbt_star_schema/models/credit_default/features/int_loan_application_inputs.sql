{{ config(materialized="incremental", meta={"touched": "int_touched_decisions.funding_id"}) }}
{%- set customer_columns = [
    "prior_loans", "prior_amount", "prior_largest_amount", "prior_lenders", "recent_loans", "open_loans", "open_amount",
    "matured_loans", "matured_bads", "matured_amount", "matured_amount_to_repay", "matured_highest_charge_share",
    "last_amount", "last_duration_days", "last_outcome_charge_share",
    "first_disbursement_date", "last_disbursement_date", "last_outcome_date", "last_bad_date",
] -%}
{%- set lender_columns = ["lender_prior_fundings", "lender_matured_fundings", "lender_matured_bads"] -%}
{%- set economy_columns = [
    "inflation_rate", "exchange_rate", "exchange_rate_change", "real_interest_rate", "deposit_interest_rate",
    "lending_interest_rate", "interest_rate_spread", "unemployment_rate",
] -%}
{%- set states = {"customers": customer_columns, "lenders": lender_columns, "economies": economy_columns} -%}
{%- set decided_on = "keyed.customer_id = decided.customer_id and keyed.valid_to = decided.disbursement_date" %}

with fundings as {{ kept_in_window() }} (
    select * from {{ touched_rows("fct_fundings", "funding_id", "int_touched_decisions.funding_id") }}
),

all_states as (
    select * from {{ ref('int_customer_states') }}
),

lenders as (
    select * from {{ ref('int_lender_states') }}
),

economies as (
    select * from {{ ref('dim_economy') }}
),

decided as (
    select distinct
        customer_id,
        disbursement_date
    from fundings
),

customers as (
    {%- if is_windowed() %}
    {{ customer_states(rows_met("dim_customer", found_in="decided", on=decided_on) ~ " as versions") | indent(4) }}
    {%- else %}
    select * from all_states
    {%- endif %}
),

final as (
    select
        fundings.funding_id,
        {%- for column in request_columns() %}
        fundings.{{ column }},
        {%- endfor %}
        {%- for state, columns in states.items() %}
        {%- for column in columns %}
        {{ state }}.{{ column }},
        {%- endfor %}
        {%- endfor %}
        fundings.scoring_day
    from fundings
    -- A funding is an event of its customer and its lender, so the state that it was decided on is the one that ends the
    -- day after: an equality, where a search for the version in force reads every version of the customer.
    left join customers
        on fundings.customer_id = customers.customer_id and fundings.disbursement_date + 1 = customers.valid_to
    left join lenders
        on fundings.lender_id = lenders.lender_id and fundings.disbursement_date + 1 = lenders.valid_to
    left join economies on fundings.economy_key = economies.economy_key
    where fundings.scoring_day is not null or fundings.is_bad is not null
)

select * from final
