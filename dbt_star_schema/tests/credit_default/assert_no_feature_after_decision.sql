-- Every date that a feature looks back to lies strictly before the decision, and what the states count on that day is
-- recounted from the facts: loans disbursed, and labels final, on strictly earlier days.
with inputs as {{ kept_in_window() }} (
    select * from {{ written("int_loan_application_inputs") }}
),

loans as (
    select
        customer_id,
        disbursement_date,
        outcome_date,
        bad_date
    from {{ ref('fct_loans') }}
    where {{ is_touched("customer_id", "int_touched_decisions.customer_id") }}
),

recounted as (
    select
        inputs.funding_id,
        count(loans.disbursement_date) as prior_loans,
        sum(case when loans.outcome_date < inputs.disbursement_date then 1 else 0 end) as matured_loans,
        sum(case when loans.bad_date < inputs.disbursement_date then 1 else 0 end) as matured_bads
    from inputs
    left join loans
        on inputs.customer_id = loans.customer_id and loans.disbursement_date < inputs.disbursement_date
    group by inputs.funding_id
)

select inputs.funding_id
from inputs
inner join recounted on inputs.funding_id = recounted.funding_id
where
    inputs.last_disbursement_date >= inputs.disbursement_date
    or inputs.last_outcome_date >= inputs.disbursement_date
    or inputs.last_bad_date >= inputs.disbursement_date
    or coalesce(inputs.prior_loans, 0) <> recounted.prior_loans
    or coalesce(inputs.matured_loans, 0) <> recounted.matured_loans
    or coalesce(inputs.matured_bads, 0) <> recounted.matured_bads
