{%- set month_names = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
] -%}
{%- set weekday_names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] -%}
{%- set first_date, last_date = var("date_range") -%}
{%- set fiscal_start = var("fiscal_year_start_month") -%}

with days as (
    select cast('{{ first_date }}' as date) + cast(numbers.day_number as integer) as calendar_date
    from generate_series(0, cast('{{ last_date }}' as date) - cast('{{ first_date }}' as date)) as numbers(day_number)
),

parts as (
    select
        calendar_date,
        cast(extract(year from calendar_date) as integer) as calendar_year,
        cast(extract(quarter from calendar_date) as integer) as calendar_quarter,
        cast(extract(month from calendar_date) as integer) as calendar_month,
        cast(extract(week from calendar_date) as integer) as iso_week,
        cast(extract(isoyear from calendar_date) as integer) as iso_year,
        cast(extract(day from calendar_date) as integer) as day_of_month,
        cast(extract(doy from calendar_date) as integer) as day_of_year,
        cast(extract(isodow from calendar_date) as integer) as weekday,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        cast(date_trunc('month', calendar_date) + interval '1 month' as date) - 1 as month_end_date,
        cast(date_trunc('quarter', calendar_date) as date) as quarter_start_date
    from days
),

fiscal as (
    select
        calendar_date,
        {% if fiscal_start == 1 -%}
        calendar_year as fiscal_year,
        {% else -%}
        calendar_year + case when calendar_month >= {{ fiscal_start }} then 1 else 0 end as fiscal_year,
        {% endif -%}
        mod(calendar_month - {{ fiscal_start }} + 12, 12) + 1 as fiscal_month
    from parts
),

final as (
    select
        parts.calendar_year * 10000 + parts.calendar_month * 100 + parts.day_of_month as date_key,
        parts.calendar_date,
        parts.month_start_date,
        parts.month_end_date,
        parts.quarter_start_date,
        case parts.calendar_month
            {%- for name in month_names %}
            when {{ loop.index }} then '{{ name }}'
            {%- endfor %}
        end as month_name,
        case parts.weekday
            {%- for name in weekday_names %}
            when {{ loop.index }} then '{{ name }}'
            {%- endfor %}
        end as weekday_name,
        parts.calendar_year,
        parts.calendar_quarter,
        parts.calendar_month,
        parts.iso_year,
        parts.iso_week,
        parts.weekday,
        parts.day_of_month,
        parts.day_of_year,
        cast(parts.month_end_date - parts.month_start_date + 1 as integer) as days_in_month,
        fiscal.fiscal_year,
        case
            when fiscal.fiscal_month <= 3 then 1
            when fiscal.fiscal_month <= 6 then 2
            when fiscal.fiscal_month <= 9 then 3
            else 4
        end as fiscal_quarter,
        fiscal.fiscal_month,
        parts.weekday >= 6 as is_weekend,
        parts.calendar_date = parts.month_end_date as is_month_end
    from parts
    inner join fiscal on parts.calendar_date = fiscal.calendar_date
)

select * from final
