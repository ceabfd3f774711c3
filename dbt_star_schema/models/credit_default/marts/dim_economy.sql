{%- set indicators = {
    "inflation_rate": "Inflation, consumer prices (annual %)",
    "exchange_rate": "Official exchange rate (LCU per US$, period average)",
    "real_interest_rate": "Real interest rate (%)",
    "deposit_interest_rate": "Deposit interest rate (%)",
    "lending_interest_rate": "Lending interest rate (%)",
    "interest_rate_spread": "Interest rate spread (lending rate minus deposit rate, %)",
    "unemployment_rate": "Unemployment rate",
    "average_precipitation": "Average precipitation in depth (mm per year)",
    "fossil_fuel_consumption": "Fossil fuel energy consumption (% of total)",
} -%}

with figures as (
    select * from {{ ref('stg_economic_indicators__annual_figures') }}
),

years as (
    select
        country_id,
        calendar_year,
        {%- for column, indicator in indicators.items() %}
        max(case when indicator_name = '{{ indicator }}' then indicator_value end) as {{ column }},
        {%- endfor %}
        cast(cast(calendar_year as varchar) || '-12-31' as date)
        + {{ var("economy_publication_lag_days") }} as published_date
    from figures
    group by country_id, calendar_year
),

final as (
    select
        {{ surrogate_key("country_id", "calendar_year") }} as economy_key,
        country_id,
        calendar_year,
        {%- for column in indicators %}
        {{ column }},
        {%- endfor %}
        exchange_rate / nullif(lag(exchange_rate) over versions, 0) - 1 as exchange_rate_change,
        published_date,
        published_date + 1 as valid_from,
        lead(published_date) over versions + 1 as valid_to
    from years
    window versions as (partition by country_id order by calendar_year)
)

select * from final
