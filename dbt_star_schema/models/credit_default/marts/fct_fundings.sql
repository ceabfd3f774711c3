{%- set columns = [
    "funding_id", "customer_id", "loan_id", "lender_id", "country_id",
    "loan_type", "new_versus_repeat", "total_amount", "total_amount_to_repay",
    "amount_funded_by_lender", "lender_portion_funded", "lender_portion_to_be_repaid",
    "duration_days", "disbursement_date", "due_date",
] -%}

-- One namespace of funding ids. A request that later comes back in the labelled history stays the request that was
-- scored, and takes its label from there; an unlabelled row of the history gives way to its labelled one.
with history as (
    select * from {{ ref('stg_loans__fundings') }}
),

scored as (
    select * from {{ ref('stg_applications__fundings') }}
),

labelled as (
    select * from history where funding_id not in (select funding_id from scored)
),

unlabelled as (
    select * from {{ ref('stg_applications_history__fundings') }}
    where funding_id not in (select funding_id from history)
),

-- The first report of an outcome counts: a later one must not rewrite what was known in between.
ranked_outcomes as (
    select
        funding_id,
        is_bad,
        reported_date,
        row_number() over (partition by funding_id order by reported_date, source_line) as report_number
    from {{ ref('stg_outcomes__labels') }}
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

final as (
    select
        {{ columns | join(",\n        ") }},
        is_bad,
        case when reported_date > due_date + 1 then reported_date else due_date + 1 end as label_final_date,
        scoring_day
    from fundings
)

select * from final
