{#- What a funding's request says of it, besides its id: all of a funding that its own decision is made from. -#}
{%- macro request_columns() -%}
{%- do return([
    "customer_id", "loan_id", "lender_id", "country_id", "loan_type", "new_versus_repeat",
    "total_amount", "total_amount_to_repay",
    "amount_funded_by_lender", "lender_portion_funded", "lender_portion_to_be_repaid",
    "duration_days", "disbursement_date", "due_date",
]) -%}
{%- endmacro -%}
