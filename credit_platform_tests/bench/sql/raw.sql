-- The raw tables of credit_default by the shortest DuckDB SQL: no contract, no quarantine, no verdicts, and nothing said
-- about a bad row. Variables: folder (the landing folder) and last (the last day whose files are read, YYYYMMDD).
create schema credit_default_raw;
use credit_default_raw;

create table loans as
select
    ID as funding_id, customer_id, country_id, tbl_loan_id as loan_id, lender_id, loan_type,
    Total_Amount as total_amount, Total_Amount_to_Repay as total_amount_to_repay, disbursement_date, due_date,
    duration as duration_days, New_versus_Repeat as new_versus_repeat, Amount_Funded_By_Lender as amount_funded_by_lender,
    Lender_portion_Funded as lender_portion_funded, Lender_portion_to_be_repaid as lender_portion_to_be_repaid, target,
    null::date as source_day, parse_filename(filename) as source_file, row_number() over () + 1 as source_line,
from read_csv(getvariable('folder') || '/loans.csv', filename = true,
    types = {'customer_id': 'varchar', 'tbl_loan_id': 'varchar', 'lender_id': 'varchar'});

create table applications as
select
    ID as funding_id, customer_id, country_id, tbl_loan_id as loan_id, lender_id, loan_type,
    Total_Amount as total_amount, Total_Amount_to_Repay as total_amount_to_repay, disbursement_date, due_date,
    duration as duration_days, New_versus_Repeat as new_versus_repeat, Amount_Funded_By_Lender as amount_funded_by_lender,
    Lender_portion_Funded as lender_portion_funded, Lender_portion_to_be_repaid as lender_portion_to_be_repaid,
    disbursement_date as source_day, parse_filename(filename) as source_file,
    number - min(number) over (partition by filename) + 2 as source_line,
from (select *, row_number() over () as number from read_csv(getvariable('folder') || '/new_data_*.csv', filename = true,
    types = {'customer_id': 'varchar', 'tbl_loan_id': 'varchar', 'lender_id': 'varchar'}))
where filename[-12:-5] <= getvariable('last');

create table applications_history as from applications limit 0;

create table outcomes as
select
    ID as funding_id, target, strptime(filename[-12:-5], '%Y%m%d')::date as source_day,
    parse_filename(filename) as source_file, number - min(number) over (partition by filename) + 2 as source_line,
from (select *, row_number() over () as number
    from read_csv(getvariable('folder') || '/outcomes_*.csv', filename = true))
where filename[-12:-5] <= getvariable('last');

create table economic_indicators as
select
    Country as country_id, Indicator as indicator_name, columns('YR.*')::double,
    null::date as source_day, parse_filename(filename) as source_file, row_number() over () + 1 as source_line,
from read_csv(getvariable('folder') || '/economic_indicators.csv', filename = true);
