with touched_fundings as (
    select * from {{ ref('int_touched_fundings') }}
),

touched_loans as (
    select * from {{ ref('int_touched_loans') }}
),

fundings as (
    select * from {{ ref('fct_fundings') }}
),

final as (
    select fundings.customer_id
    from touched_loans
    inner join fundings on touched_loans.loan_id = fundings.loan_id
    union
    select held_customer_id as customer_id
    from touched_loans
    where held_customer_id is not null
    union
    select held_customer_id as customer_id
    from touched_fundings
    where held_customer_id is not null
)

select * from final
