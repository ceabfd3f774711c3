with touched as (
    select * from {{ ref('int_touched_fundings') }}
),

fundings as (
    select * from {{ ref('fct_fundings') }}
),

held as (
    select * from {{ previous("fct_loans", {"loan_id": "varchar", "customer_id": "varchar"}) }} as previous_rows
),

named as (
    select fundings.loan_id
    from touched
    inner join fundings on touched.funding_id = fundings.funding_id
    union
    select held_loan_id as loan_id
    from touched
    where held_loan_id is not null
),

final as (
    select
        named.loan_id,
        held.customer_id as held_customer_id
    from named
    left join held on named.loan_id = held.loan_id
)

select * from final
