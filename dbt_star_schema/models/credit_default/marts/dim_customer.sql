{{ config(materialized="incremental", meta={"touched": "int_touched_customers.customer_id", "touched_from": "valid_to"}) }}
{%- set counts = {
    "loan_count": "disbursed_loans",
    "lender_count": "new_lenders",
    "recent_loan_count": "disbursed_loans - no_longer_recent_loans",
    "open_loan_count": "disbursed_loans - past_due_loans",
    "matured_loan_count": "matured_loans",
    "bad_loan_count": "bad_loans",
} -%}
{%- set amounts = {
    "borrowed_amount": "disbursed_amount",
    "open_amount": "disbursed_amount - past_due_amount",
    "matured_amount": "matured_amount",
    "matured_amount_to_repay": "matured_amount_to_repay",
} -%}
{%- set highest = {"largest_amount": "largest_amount", "highest_charge_share": "highest_charge_share"} -%}
{%- set last = {
    "last_amount": ("largest_amount", "double precision"),
    "last_duration_days": ("duration_days", "bigint"),
    "last_outcome_charge_share": ("highest_charge_share", "double precision"),
} -%}
{%- set last_dates = {
    "last_disbursement_date": "disbursed_loans",
    "last_outcome_date": "matured_loans",
    "last_bad_date": "bad_loans",
} -%}
{%- set held_columns = {"customer_key": "uuid", "customer_id": "varchar", "country_id": "varchar"} -%}
{%- for name in counts %}{%- do held_columns.update({name: "bigint"}) -%}{%- endfor -%}
{%- for name in amounts %}{%- do held_columns.update({name: "numeric(20, 4)"}) -%}{%- endfor -%}
{%- for name in highest %}{%- do held_columns.update({name: "double precision"}) -%}{%- endfor -%}
{%- for name, (_, type) in last.items() %}{%- do held_columns.update({name: type}) -%}{%- endfor -%}
{%- do held_columns.update({"first_disbursement_date": "date"}) -%}
{%- for name in last_dates %}{%- do held_columns.update({name: "date"}) -%}{%- endfor -%}
{%- do held_columns.update({"valid_from": "date", "valid_to": "date"}) -%}
{%- set in_force = (
    "keyed.customer_id = touched.customer_id and keyed.valid_from < touched.first_date"
    " and (keyed.valid_to >= touched.first_date or keyed.valid_to is null)"
) -%}
{%- set found_in_force = in_force -%}
{%- if execute and is_windowed() and not ref("int_touched_customers").is_cte -%}
{%- set found_in_force = in_force ~ " and " ~ lies_since("keyed", config.get("meta")) -%}
{%- endif %}

-- SCD2 as a window over events: valid_from is the day of the event, so late and reordered files give the same versions.
-- A window goes on from the version that was in force before the first day that changed: it reads the days since, not
-- the whole history, and that version only ends on another day.
with days as {{ kept_in_window() }} (
    select * from {{ written("fct_customer_days") }}
),

touched as (
    select * from {{ ref('int_touched_customers') }}
),

held as {{ kept_in_window() }} (
    select
        {%- for name in held_columns %}
        keyed.{{ name }} as held_{{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ previous("dim_customer", held_columns, found_in="touched", on=found_in_force) }} as keyed
    inner join touched on {{ in_force }}
),

running as (
    select
        days.customer_key,
        days.customer_id,
        least(held.held_country_id, min(days.country_id) over history) as country_id,
        {%- for name, measure in counts.items() %}
        coalesce(held.held_{{ name }}, 0) + cast(sum({{ measure }}) over history as bigint) as {{ name }},
        {%- endfor %}
        {%- for name, measure in amounts.items() %}
        cast(coalesce(held.held_{{ name }}, 0) + sum({{ measure }}) over history as numeric(20, 4)) as {{ name }},
        {%- endfor %}
        {%- for name, measure in highest.items() %}
        greatest(held.held_{{ name }}, max({{ measure }}) over history) as {{ name }},
        {%- endfor %}
        {%- for name, (measure, _) in last.items() %}
        coalesce({{ last_known(measure, "history") }}, held.held_{{ name }}) as {{ name }},
        {%- endfor %}
        least(
            held.held_first_disbursement_date, min(case when disbursed_loans > 0 then event_date end) over history
        ) as first_disbursement_date,
        {%- for name, measure in last_dates.items() %}
        greatest(held.held_{{ name }}, max(case when {{ measure }} > 0 then event_date end) over history) as {{ name }},
        {%- endfor %}
        event_date as valid_from,
        lead(event_date) over (partition by customer_id order by event_date) as valid_to
    from days
    left join held on days.customer_id = held.held_customer_id
    window history as (
        partition by customer_id order by event_date
        rows between unbounded preceding and current row
    )
),

next_days as (
    select
        customer_id,
        min(event_date) as event_date
    from days
    group by customer_id
),

versions as (
    select * from running
    union all
    select
        {%- for name in held_columns if name != "valid_to" %}
        held.held_{{ name }} as {{ name }},
        {%- endfor %}
        next_days.event_date as valid_to
    from held
    left join next_days on held.held_customer_id = next_days.customer_id
),

final as (
    select
        customer_key,
        customer_id,
        cast(country_id as varchar) as country_id,
        cast(
            case
                when bad_loan_count > 0 then 'defaulted'
                when loan_count <= 1 then 'new'
                when loan_count <= 5 then 'returning'
                else 'established'
            end as varchar
        ) as customer_segment,
        {%- for name in held_columns if name not in ("customer_key", "customer_id", "country_id") %}
        {{ name }},
        {%- endfor %}
        valid_to is null as is_current
    from versions
    {{ in_order_of("valid_to") }}
)

select * from final
