{%- set described = ["lender_id", "country_id", "loan_type", "duration_days"] -%}

-- Only days whose figures differ: a request whose label comes in touches the day of the label, not that of its loan.
with touched as (
    select * from {{ ref('int_touched_fundings') }}
),

fundings as (
    select * from {{ written("fct_fundings") }}
),

present as (
    select fundings.*
    from touched
    inner join fundings on touched.funding_id = fundings.funding_id
),
{%- for events, prefix, rows in [("present_events", "", "present"), ("held_events", "held_", "touched")] %}
{{ events }} as (
    select
        funding_id,
        {{ prefix }}disbursement_date as event_date,
        {%- for column in described %}
        {{ prefix }}{{ column }} as {{ column }},
        {%- endfor %}
        cast(null as integer) as is_bad
    from {{ rows }}
    where {{ prefix }}disbursement_date is not null
    union all
    select
        funding_id,
        {{ prefix }}label_final_date as event_date,
        {%- for column in described %}
        {{ prefix }}{{ column }} as {{ column }},
        {%- endfor %}
        {{ prefix }}is_bad as is_bad
    from {{ rows }}
    where {{ prefix }}is_bad is not null
),
{% endfor %}
changed as (
    {{ differing("present_events", "held_events") }}
),

final as (
    select distinct
        lender_id,
        event_date
    from changed
)

select * from final
