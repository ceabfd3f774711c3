-- Rows in equal rows out: each labelled funding and each request has exactly one row of features.
with wanted as (
    select funding_id from {{ ref('fct_fundings') }}
    where
        (scoring_day is not null or is_bad is not null)
        and {{ is_touched("funding_id", "int_touched_decisions.funding_id") }}
),

features as (
    select funding_id from {{ touched_rows("ftr_loan_applications", "funding_id", "int_touched_decisions.funding_id") }}
)

select coalesce(wanted.funding_id, features.funding_id) as funding_id
from wanted
full outer join features on wanted.funding_id = features.funding_id
where wanted.funding_id is null or features.funding_id is null
