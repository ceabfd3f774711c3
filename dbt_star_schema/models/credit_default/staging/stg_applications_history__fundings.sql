with source as (
    select * from {{ source('raw', 'applications_history') }}
),

final as (
    select
        cast(funding_id as varchar) as funding_id,
        cast(customer_id as varchar) as customer_id,
        cast(loan_id as varchar) as loan_id,
        cast(lender_id as varchar) as lender_id,
        cast(country_id as varchar) as country_id,
        cast(loan_type as varchar) as loan_type,
        cast(new_versus_repeat as varchar) as new_versus_repeat,
        cast(total_amount as double precision) as total_amount,
        cast(total_amount_to_repay as double precision) as total_amount_to_repay,
        cast(amount_funded_by_lender as double precision) as amount_funded_by_lender,
        cast(lender_portion_funded as double precision) as lender_portion_funded,
        cast(lender_portion_to_be_repaid as double precision) as lender_portion_to_be_repaid,
        cast(duration_days as bigint) as duration_days,
        cast(disbursement_date as date) as disbursement_date,
        cast(due_date as date) as due_date
    from source
)

select * from final
