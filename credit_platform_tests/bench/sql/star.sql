-- The star schema of credit_default, built whole by the shortest DuckDB SQL: no tests, no contracts, no windows of days,
-- and friendly SQL that no other engine reads. Every table equals the platform's.
create schema credit_default_star;
use credit_default_star;

create macro key(text) as md5(text)::uuid;
create macro pair(a, b) as md5(a || chr(31) || b::varchar)::uuid;
create macro day_key(day) as (year(day) * 10000 + month(day) * 100 + day(day))::integer;

create table dim_date as
select
    day_key(d) as date_key, d as calendar_date, date_trunc('month', d)::date as month_start_date,
    last_day(d) as month_end_date, date_trunc('quarter', d)::date as quarter_start_date, monthname(d) as month_name,
    dayname(d) as weekday_name, year(d)::integer as calendar_year, quarter(d)::integer as calendar_quarter,
    month(d)::integer as calendar_month, isoyear(d)::integer as iso_year, week(d)::integer as iso_week,
    isodow(d)::integer as weekday, day(d)::integer as day_of_month, dayofyear(d)::integer as day_of_year,
    day(last_day(d))::integer as days_in_month, (year(d) + (month(d) >= 7)::integer)::integer as fiscal_year,
    ((month(d) + 5) % 12 // 3 + 1)::integer as fiscal_quarter, ((month(d) + 5) % 12 + 1)::integer as fiscal_month,
    isodow(d) >= 6 as is_weekend, d = last_day(d) as is_month_end,
from (select unnest(generate_series(date '2018-01-01', date '2030-12-31', interval 1 day))::date as d);

-- Annual figures count from the middle of the next year, when they are published.
create table dim_economy as
with figures as (unpivot credit_default_raw.economic_indicators on columns('(?i)yr.*') into name year value figure),
years as (
    pivot (select country_id, right(year, 4)::integer as calendar_year, indicator_name, figure from figures)
    on indicator_name in (
        'Inflation, consumer prices (annual %)' as inflation_rate,
        'Official exchange rate (LCU per US$, period average)' as exchange_rate,
        'Real interest rate (%)' as real_interest_rate,
        'Deposit interest rate (%)' as deposit_interest_rate,
        'Lending interest rate (%)' as lending_interest_rate,
        'Interest rate spread (lending rate minus deposit rate, %)' as interest_rate_spread,
        'Unemployment rate' as unemployment_rate,
        'Average precipitation in depth (mm per year)' as average_precipitation,
        'Fossil fuel energy consumption (% of total)' as fossil_fuel_consumption)
    using max(figure)
)
select
    pair(country_id, calendar_year) as economy_key, *,
    exchange_rate / nullif(lag(exchange_rate) over versions, 0) - 1 as exchange_rate_change,
    make_date(calendar_year, 12, 31) + 181 as published_date, published_date + 1 as valid_from,
    lead(published_date) over versions + 1 as valid_to,
from years
window versions as (partition by country_id order by calendar_year);

-- A scored request keeps its terms; its label is the first one reported, or the history's. Unlabelled history gives way.
create table fct_fundings as
with rows as (
    select * exclude (target), target::integer as is_bad, null::date as reported_date, null::date as scoring_day
    from credit_default_raw.loans
    where funding_id not in (select funding_id from credit_default_raw.applications)
    union all by name
    select * from credit_default_raw.applications_history
    where funding_id not in (select funding_id from credit_default_raw.loans)
    union all by name
    select
        requests.*, coalesce(reported.target, history.target)::integer as is_bad,
        reported.source_day as reported_date, requests.source_day as scoring_day,
    from credit_default_raw.applications as requests
    left join (
        select distinct on (funding_id) * from credit_default_raw.outcomes order by funding_id, source_day, source_line
    ) as reported using (funding_id)
    left join credit_default_raw.loans as history using (funding_id)
)
select
    key(funding_id) as funding_key, key(loan_id) as loan_key, pair(customer_id, disbursement_date) as customer_key,
    pair(lender_id, disbursement_date) as lender_key, key(rows.country_id) as country_key, key(loan_type) as loan_type_key,
    economy_key, day_key(disbursement_date) as disbursement_date_key, day_key(due_date) as due_date_key,
    rows.* exclude (source_day, source_file, source_line),
    greatest(reported_date, due_date + 1) as label_final_date,
from rows
asof left join dim_economy
    on rows.country_id = dim_economy.country_id and rows.disbursement_date >= dim_economy.valid_from;

-- The first funding describes a loan, the first final label dates its outcome.
create table fct_loans as
select
    loan_key, loan_id, count(*) as funding_count, max(is_bad) as is_bad,
    min(label_final_date) filter (is_bad is not null) as outcome_date,
    min(label_final_date) filter (is_bad = 1) as bad_date,
    unnest(arg_min({
        customer_key: customer_key, country_key: country_key, loan_type_key: loan_type_key,
        disbursement_date_key: disbursement_date_key, due_date_key: due_date_key, customer_id: customer_id,
        country_id: country_id, loan_type: loan_type, total_amount: total_amount,
        total_amount_to_repay: total_amount_to_repay, duration_days: duration_days,
        disbursement_date: disbursement_date, due_date: due_date
    }, (disbursement_date, funding_id))),
from fct_fundings
group by loan_key, loan_id;

create table fct_product_days as
select
    md5(country_id || chr(31) || loan_type || chr(31) || disbursement_date::varchar)::uuid as product_day_key, country_key,
    loan_type_key, disbursement_date_key as event_date_key, country_id, loan_type, count(*) as disbursed_fundings,
    min(duration_days) as shortest_duration_days, max(duration_days) as longest_duration_days,
    disbursement_date as event_date,
from fct_fundings
group by all;

create table dim_country as
select
    country_key, country_id, sum(disbursed_fundings)::bigint as funding_count,
    min(event_date) as first_disbursement_date, max(event_date) as last_disbursement_date,
from fct_product_days
group by all;

create table dim_loan_type as
select
    loan_type_key, loan_type, sum(disbursed_fundings)::bigint as funding_count,
    min(shortest_duration_days) as shortest_duration_days, max(longest_duration_days) as longest_duration_days,
    min(event_date) as first_disbursement_date, max(event_date) as last_disbursement_date,
from fct_product_days
group by all;

create table fct_lender_days as
select
    pair(lender_id, event_date) as lender_key, day_key(event_date) as event_date_key, lender_id,
    sum(disbursed)::bigint as disbursed_fundings, sum(matured)::bigint as matured_fundings,
    sum(bad)::bigint as bad_fundings, event_date,
from (
    select lender_id, disbursement_date as event_date, 1 as disbursed, 0 as matured, 0 as bad from fct_fundings
    union all
    select lender_id, label_final_date, 0, 1, is_bad from fct_fundings where is_bad is not null
)
group by lender_id, event_date;

create table dim_lender as
select
    lender_key, lender_id, sum(disbursed_fundings) over history::bigint as funding_count,
    sum(matured_fundings) over history::bigint as matured_funding_count,
    sum(bad_fundings) over history::bigint as bad_funding_count,
    lead(event_date) over history is null as is_current,
    min(event_date) filter (disbursed_fundings > 0) over history as first_disbursement_date,
    max(event_date) filter (disbursed_fundings > 0) over history as last_disbursement_date,
    event_date as valid_from, lead(event_date) over history as valid_to,
from fct_lender_days
window history as (partition by lender_id order by event_date rows unbounded preceding);

create table fct_customer_days as
with loans as not materialized (
    select *, total_amount::decimal(20, 4) as amount, total_amount_to_repay::decimal(20, 4) as to_repay,
        total_amount_to_repay / nullif(total_amount, 0) - 1 as charge from fct_loans
)
select
    pair(customer_id, event_date) as customer_key, day_key(event_date) as event_date_key, customer_id,
    min(country_id) as country_id, count(disbursed) as disbursed_loans, coalesce(sum(disbursed), 0)::decimal(20, 4) as disbursed_amount,
    max(largest) as largest_amount, max(days) as duration_days, count(new) as new_lenders,
    count(not_recent) as no_longer_recent_loans, count(past_due) as past_due_loans,
    coalesce(sum(past_due), 0)::decimal(20, 4) as past_due_amount, count(matured) as matured_loans,
    coalesce(sum(matured), 0)::decimal(20, 4) as matured_amount,
    coalesce(sum(matured_to_repay), 0)::decimal(20, 4) as matured_amount_to_repay, max(charge) as highest_charge_share,
    count(bad) as bad_loans, event_date,
from (
    select customer_id, disbursement_date as event_date, amount as disbursed, total_amount as largest,
        duration_days as days from loans
    union all by name select customer_id, min(disbursement_date) as event_date, true as new
        from fct_fundings group by customer_id, lender_id
    union all by name select customer_id, disbursement_date as event_date, country_id from fct_fundings
    union all by name select customer_id, disbursement_date + 30 as event_date, true as not_recent from loans
    union all by name select customer_id, due_date + 1 as event_date, amount as past_due from loans
    union all by name select customer_id, outcome_date as event_date, amount as matured, to_repay as matured_to_repay,
        charge from loans where outcome_date is not null
    union all by name select customer_id, bad_date as event_date, true as bad from loans where bad_date is not null
)
group by customer_id, event_date;

create table dim_customer as
with running as (
    select
        customer_key, customer_id, min(country_id) over history as country_id,
        sum(disbursed_loans) over history::bigint as loan_count,
        sum(disbursed_amount) over history::decimal(20, 4) as borrowed_amount, max(largest_amount) over history as largest_amount,
        sum(new_lenders) over history::bigint as lender_count,
        sum(disbursed_loans - no_longer_recent_loans) over history::bigint as recent_loan_count,
        sum(disbursed_loans - past_due_loans) over history::bigint as open_loan_count,
        sum(disbursed_amount - past_due_amount) over history::decimal(20, 4) as open_amount,
        sum(matured_loans) over history::bigint as matured_loan_count, sum(bad_loans) over history::bigint as bad_loan_count,
        sum(matured_amount) over history::decimal(20, 4) as matured_amount,
        sum(matured_amount_to_repay) over history::decimal(20, 4) as matured_amount_to_repay,
        max(highest_charge_share) over history as highest_charge_share,
        last_value(largest_amount ignore nulls) over history as last_amount,
        last_value(duration_days ignore nulls) over history as last_duration_days,
        last_value(highest_charge_share ignore nulls) over history as last_outcome_charge_share,
        min(event_date) filter (disbursed_loans > 0) over history as first_disbursement_date,
        max(event_date) filter (disbursed_loans > 0) over history as last_disbursement_date,
        max(event_date) filter (matured_loans > 0) over history as last_outcome_date,
        max(event_date) filter (bad_loans > 0) over history as last_bad_date,
        event_date as valid_from, lead(event_date) over history as valid_to, valid_to is null as is_current,
        case when bad_loan_count > 0 then 'defaulted' when loan_count <= 1 then 'new' when loan_count <= 5 then 'returning'
            else 'established' end as customer_segment,
    from fct_customer_days
    window history as (partition by customer_id order by event_date rows unbounded preceding)
)
select * from running;
