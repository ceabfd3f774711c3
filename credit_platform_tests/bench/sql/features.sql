-- What was known at each decision, and the features over it, by the shortest DuckDB SQL. A funding is an event of its
-- customer and its lender, so the version in force before it is the one that ends on its day.
use credit_default_star;

create table int_loan_application_inputs as
select
    fct_fundings.* exclude (funding_key, loan_key, customer_key, lender_key, country_key, loan_type_key, economy_key,
        disbursement_date_key, due_date_key, is_bad, label_final_date, reported_date),
    c.loan_count as prior_loans, c.borrowed_amount::double as prior_amount, c.largest_amount as prior_largest_amount,
    c.lender_count as prior_lenders, c.recent_loan_count as recent_loans, c.open_loan_count as open_loans,
    c.open_amount::double as open_amount,
    c.matured_loan_count as matured_loans, c.bad_loan_count as matured_bads, c.matured_amount::double as matured_amount,
    c.matured_amount_to_repay::double as matured_amount_to_repay,
    c.highest_charge_share as matured_highest_charge_share, c.last_amount, c.last_duration_days,
    c.last_outcome_charge_share, c.first_disbursement_date, c.last_disbursement_date, c.last_outcome_date, c.last_bad_date,
    l.funding_count as lender_prior_fundings, l.matured_funding_count as lender_matured_fundings,
    l.bad_funding_count as lender_matured_bads,
    e.inflation_rate, e.exchange_rate, e.exchange_rate_change, e.real_interest_rate, e.deposit_interest_rate,
    e.lending_interest_rate, e.interest_rate_spread, e.unemployment_rate,
from fct_fundings
left join dim_customer as c on fct_fundings.customer_id = c.customer_id and disbursement_date = c.valid_to
left join dim_lender as l on fct_fundings.lender_id = l.lender_id and disbursement_date = l.valid_to
left join dim_economy as e using (economy_key)
where scoring_day is not null or is_bad is not null;

-- A double divided by anything is a double, and by zero is made null: that is all that the platform's casts say.
create table ftr_loan_applications as
select
    funding_id, disbursement_date, scoring_day, loan_type, lender_id, country_id, new_versus_repeat, total_amount,
    total_amount / nullif(exchange_rate, 0) as amount_in_dollars, duration_days::double as duration_days,
    total_amount / nullif(duration_days, 0) as amount_per_day, amount_funded_by_lender,
    amount_funded_by_lender / nullif(total_amount, 0) as funded_share,
    ifnull(prior_loans, 0)::double as prior_loans, ifnull(prior_lenders, 0)::double as prior_lenders,
    ifnull(recent_loans, 0)::double as recent_loans, ifnull(open_loans, 0)::double as open_loans,
    ifnull(open_amount, 0) / nullif(total_amount, 0) as open_amount_to_amount,
    (disbursement_date - last_disbursement_date)::double as days_since_last_loan,
    (disbursement_date - first_disbursement_date)::double as days_since_first_loan,
    prior_loans / nullif(disbursement_date - first_disbursement_date, 0) as loans_per_day,
    total_amount * prior_loans / nullif(prior_amount, 0) as amount_to_average_amount,
    total_amount / nullif(prior_largest_amount, 0) as amount_to_largest_amount,
    total_amount / nullif(last_amount, 0) as amount_to_last_amount,
    duration_days / nullif(last_duration_days, 0) as duration_to_last_duration,
    ifnull(matured_loans, 0)::double as matured_loans, ifnull(matured_bads, 0)::double as matured_bads,
    matured_bads / nullif(matured_loans, 0) as matured_bad_share,
    (disbursement_date - last_bad_date)::double as days_since_last_bad,
    (disbursement_date - last_outcome_date)::double as days_since_last_outcome,
    matured_amount_to_repay / nullif(matured_amount, 0) - 1 as matured_charge_share, matured_highest_charge_share,
    last_outcome_charge_share, lender_matured_bads / nullif(lender_matured_fundings, 0) as lender_bad_share,
    inflation_rate, exchange_rate_change, lending_interest_rate, unemployment_rate, total_amount_to_repay,
    total_amount_to_repay / nullif(total_amount, 0) - 1 as charge_share,
    (total_amount_to_repay - total_amount) / nullif(total_amount * duration_days, 0) as charge_share_per_day,
    lender_portion_to_be_repaid,
    lender_portion_to_be_repaid / nullif(amount_funded_by_lender, 0) - 1 as lender_charge_share,
    total_amount_to_repay / nullif(total_amount, 0) - 1 - last_outcome_charge_share as charge_share_over_last,
from int_loan_application_inputs;
