{{ config(
    materialized="view",
    meta={"touched": "int_touched_customers.customer_id", "touched_from": "valid_to", "step": "star"}
) }}

with versions as (
    select * from {{ ref('dim_customer') }}
),

final as (
    {{ customer_states("versions") | indent(4) }}
)

select * from final
