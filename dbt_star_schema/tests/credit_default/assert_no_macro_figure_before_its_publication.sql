-- A decision's macro figures are those of the newest year published on a strictly earlier day.
with inputs as {{ kept_in_window() }} (
    select * from {{ written("int_loan_application_inputs") }}
),

economies as (
    select * from {{ ref('dim_economy') }}
),

newest as (
    select
        inputs.funding_id,
        max(economies.calendar_year) as calendar_year
    from inputs
    inner join economies
        on inputs.country_id = economies.country_id and economies.published_date < inputs.disbursement_date
    group by inputs.funding_id
)

select inputs.funding_id
from inputs
left join newest on inputs.funding_id = newest.funding_id
left join economies
    on inputs.country_id = economies.country_id and newest.calendar_year = economies.calendar_year
where coalesce(inputs.unemployment_rate, -1) <> coalesce(economies.unemployment_rate, -1)
