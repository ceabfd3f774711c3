{{ config(materialized="incremental", meta={"touched": "int_touched_loans.loan_id"}) }}

-- A loan funded by two lenders has two rows; later rows never change what an earlier day knew,
-- so the first funding describes the loan and the first final label dates its outcome.
with fundings as {{ kept_in_window() }} (
    select * from {{ touched_rows("fct_fundings", "loan_id", "int_touched_loans.loan_id") }}
),

numbered as (
    select
        *,
        row_number() over (partition by loan_id order by disbursement_date, funding_id) as funding_number
    from fundings
),

terms as (
    select * from numbered
    where funding_number = 1
),

outcomes as (
    select
        loan_id,
        count(*) as funding_count,
        max(is_bad) as is_bad,
        min(case when is_bad is not null then label_final_date end) as outcome_date,
        min(case when is_bad = 1 then label_final_date end) as bad_date
    from fundings
    group by loan_id
),

final as (
    select
        terms.loan_key,
        terms.customer_key,
        terms.country_key,
        terms.loan_type_key,
        terms.disbursement_date_key,
        terms.due_date_key,
        terms.loan_id,
        terms.customer_id,
        terms.country_id,
        terms.loan_type,
        outcomes.funding_count,
        terms.total_amount,
        terms.total_amount_to_repay,
        terms.duration_days,
        outcomes.is_bad,
        terms.disbursement_date,
        terms.due_date,
        outcomes.outcome_date,
        outcomes.bad_date
    from terms
    inner join outcomes on terms.loan_id = outcomes.loan_id
)

select * from final
