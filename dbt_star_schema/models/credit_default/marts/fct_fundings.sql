{{ config(materialized="incremental", meta={"touched": "int_touched_fundings.funding_id"}) }}
{%- set columns = ["funding_id"] + request_columns() %}

-- One namespace of funding ids. A request that later comes back in the labelled history stays the request that was
-- scored, and takes its label from there; an unlabelled row of the history gives way to its labelled one.
with history as {{ kept_in_window() }} (
    select * from {{ touched_rows("stg_loans__fundings", "funding_id", "int_touched_fundings.funding_id") }}
),

scored as (
    select * from {{ touched_rows("stg_applications__fundings", "funding_id", "int_touched_fundings.funding_id") }}
),

early as (
    select * from {{ touched_rows("stg_applications_history__fundings", "funding_id", "int_touched_fundings.funding_id") }}
),

outcomes as (
    select * from {{ touched_rows("stg_outcomes__labels", "funding_id", "int_touched_fundings.funding_id") }}
),

economies as (
    select * from {{ ref('dim_economy') }}
),

labelled as (
    select * from history
    where funding_id not in (select funding_id from scored)
),

unlabelled as (
    select * from early
    where funding_id not in (select funding_id from history)
),

-- The first report of an outcome counts: a later one must not rewrite what was known in between.
ranked_outcomes as (
    select
        funding_id,
        is_bad,
        reported_date,
        row_number() over (partition by funding_id order by reported_date, source_line) as report_number
    from outcomes
),

fundings as (
    select
        {{ columns | join(",\n        ") }},
        is_bad,
        cast(null as date) as reported_date,
        cast(null as date) as scoring_day
    from labelled
    union all
    select
        {{ columns | join(",\n        ") }},
        cast(null as integer) as is_bad,
        cast(null as date) as reported_date,
        cast(null as date) as scoring_day
    from unlabelled
    union all
    select
        {%- for column in columns %}
        scored.{{ column }},
        {%- endfor %}
        coalesce(ranked_outcomes.is_bad, history.is_bad) as is_bad,
        ranked_outcomes.reported_date,
        scored.scoring_day
    from scored
    left join ranked_outcomes on scored.funding_id = ranked_outcomes.funding_id and ranked_outcomes.report_number = 1
    left join history on scored.funding_id = history.funding_id
),

-- Countries have few decision days, so the join in time runs once a day and not once a funding.
decision_days as (
    select distinct
        country_id,
        disbursement_date
    from fundings
),

economy_days as (
    select
        decision_days.country_id,
        decision_days.disbursement_date,
        economies.economy_key
    from decision_days
    inner join economies
        on
            decision_days.country_id = economies.country_id
            and decision_days.disbursement_date >= economies.valid_from
            and (economies.valid_to is null or decision_days.disbursement_date < economies.valid_to)
),

final as (
    select
        {{ surrogate_key("fundings.funding_id") }} as funding_key,
        {{ surrogate_key("fundings.loan_id") }} as loan_key,
        {{ surrogate_key("fundings.customer_id", "fundings.disbursement_date") }} as customer_key,
        {{ surrogate_key("fundings.lender_id", "fundings.disbursement_date") }} as lender_key,
        {{ surrogate_key("fundings.country_id") }} as country_key,
        {{ surrogate_key("fundings.loan_type") }} as loan_type_key,
        economy_days.economy_key,
        {{ date_key("fundings.disbursement_date") }} as disbursement_date_key,
        {{ date_key("fundings.due_date") }} as due_date_key,
        {%- for column in columns %}
        fundings.{{ column }},
        {%- endfor %}
        fundings.is_bad,
        case
            when fundings.reported_date > fundings.due_date + 1 then fundings.reported_date
            else fundings.due_date + 1
        end as label_final_date,
        fundings.reported_date,
        fundings.scoring_day
    from fundings
    left join economy_days
        on
            fundings.country_id = economy_days.country_id
            and fundings.disbursement_date = economy_days.disbursement_date
)

select * from final
